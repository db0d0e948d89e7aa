import { ECSClient } from "@aws-sdk/client-ecs";
import { environment } from "../../shared/environment.ts";
import { openOnce } from "../../shared/ports/open-later.ts";
import { keepRecords } from "../../shared/records/keep-records.ts";
import { UploadedFiles } from "../api/files/uploaded-files.ts";
import { openCloud } from "../open-cloud.ts";
import { repairRuns } from "../runs/steps/repair-runs.ts";
import { drainAccountQueues } from "./drain-account-queues.ts";
import { openEcsFleet } from "./ecs-fleet.ts";
import { openUsageExport } from "./open-usage-export.ts";
import { type Part, runParts } from "./run-parts.ts";
import { readScalingSettings, scaleFleet } from "./scale-fleet.ts";
import { sweepJobs } from "./sweep-jobs.ts";
import { sweepLeftovers } from "./sweep-leftovers.ts";
import { sweepUnstored } from "./sweep-unstored.ts";
import { wakeDispatcher } from "./wake-dispatcher.ts";

/**
 * Entry of the tick, once a minute: the size of the fleet first, then steps of runs that are late, webhook
 * rows that are due, jobs that a crash left behind, usage, and orphaned images. `test/cloud/` runs it, bundled, on
 * emulators of AWS; each part has its test beside it.
 */
const { env } = process;
const cloud = openCloud(env);
const { items, queue, notices, runSteps, jobs, clock, log } = cloud;
const settings = readScalingSettings(env);
const fleet = openEcsFleet(new ECSClient({ region: cloud.config.region }), {
  cluster: env[environment.clusterName] ?? "",
  spotService: env[environment.spotServiceName] ?? "",
  onDemandService: env[environment.onDemandServiceName] ?? "",
});

const version = { taskDefinition: env[environment.taskDefinition] ?? "", name: env[environment.workerVersion] ?? "" };

/** Passes over jobs that are due end here; what is left waits for the next minute. */
const maxSweeps = 20;
async function sweepAllJobs() {
  for (let pass = 0; pass < maxSweeps; pass++) {
    const { resent, ended, waiting, failed } = await sweepJobs({ jobs, queue });
    if (failed > 0) log("error", "jobs set aside: they could not be repaired", { failed });
    if (resent + ended > 0) log("info", "jobs repaired", { resent, ended });
    if (resent + ended + waiting === 0) return;
  }
}

async function repairAllRuns() {
  const sent = await repairRuns(items, { runSteps, now: clock.now() });
  if (sent > 0) log("info", "steps of runs sent again", { sent });
}

const tellUsage = openUsageExport(env, cloud);

let drained = false;
async function drainOldQueues() {
  if (drained) return;
  const sent = await drainAccountQueues({ items, jobs, queue });
  drained = true;
  if (sent > 0) log("info", "jobs of the version before sent to the queue", { sent });
}

const files = new UploadedFiles(cloud);
async function sweepFiles() {
  const deleted = await files.sweepExpired();
  if (deleted > 0) log("info", "deleted uploaded files that have expired", { deleted });
}

async function sweepAllLeftovers() {
  const deleted = await sweepLeftovers({ items, jobs, objects: cloud.objects, clock });
  if (deleted > 0) log("info", "deleted orphaned images", { deleted });
}

async function sweepAllUnstored() {
  const forgotten = await sweepUnstored({ items, jobs, objects: cloud.objects, clock });
  if (forgotten > 0) log("info", "forgot jobs with store: false that nobody fetched", { forgotten });
}

/** Records of what was made are chained this often: each time takes a write. */
const recordsMs = 600_000;
const signingKey = env[environment.signingKey] || undefined;
const openSigner = openOnce(async () => {
  if (signingKey === undefined) return undefined;
  const { openKmsKey } = await import("../../shared/aws/open-kms-key.ts");
  return openKmsKey(items, signingKey);
});

async function chainRecords() {
  await keepRecords({ items, jobs, clock, signer: await openSigner(), everyMs: recordsMs });
}

/**
 * Seconds that each part may take, in order: the size of the fleet is decided first, whatever there is to repair. A
 * part that is not done by then goes on in the background while the next begins, and what it leaves is found in a
 * minute.
 */
const parts: readonly Part[] = [
  [10, () => scaleFleet({ items, queue, fleet, settings, version, clock, log })],
  [10, drainOldQueues],
  [5, repairAllRuns],
  [5, () => wakeDispatcher(items, { notices, clock })],
  [10, sweepAllJobs],
  [5, tellUsage],
  [5, chainRecords],
  [3, sweepAllLeftovers],
  [3, sweepAllUnstored],
  [3, sweepFiles],
];

export async function handler(): Promise<void> {
  await runParts(parts, { clock, log });
}
