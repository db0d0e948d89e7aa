import { ECSClient } from "@aws-sdk/client-ecs";
import { environment } from "../../shared/environment.ts";
import { outboxNotice } from "../../shared/webhooks/announce-outbox.ts";
import { lanesDue } from "../../shared/webhooks/webhook-outbox.ts";
import { openCloud } from "../open-cloud.ts";
import { repairRuns } from "../runs/repair-runs.ts";
import { openEcsFleet } from "./ecs-fleet.ts";
import { LaneFeeder } from "./feed-lanes.ts";
import { openUsageExport } from "./open-usage-export.ts";
import { readScalingSettings, scaleFleet } from "./scale-fleet.ts";
import { sweepJobs } from "./sweep-jobs.ts";
import { sweepLeftovers } from "./sweep-leftovers.ts";

/**
 * Entry of the tick, once a minute: jobs that a crash left behind, jobs in line, webhook rows that are due, the size of
 * the fleet, usage, orphaned images, and batches. Batches come last: their lines may wait for users' servers, so their
 * duration has no bound. Each part runs though another failed; the first failure is then the
 * invocation's, so that the alarm on errors sees it.
 */
const { env } = process;
const cloud = openCloud(env);
const { items, queue, notices, runSteps, jobs, clock, log, accountWindow } = cloud;
const settings = readScalingSettings(env);
const fleet = openEcsFleet(new ECSClient({ region: cloud.config.region }), {
  cluster: env[environment.clusterName] ?? "",
  spotService: env[environment.spotServiceName] ?? "",
  onDemandService: env[environment.onDemandServiceName] ?? "",
});

/** Passes over jobs that are due end here; what is left waits for the next minute. */
const maxSweeps = 20;
async function sweepAllJobs() {
  for (let pass = 0; pass < maxSweeps; pass++) {
    const { resent, ended, failed } = await sweepJobs({ jobs, queue });
    if (failed > 0) log("error", "jobs set aside: they could not be repaired", { failed });
    if (resent + ended === 0) return;
    log("info", "jobs repaired", { resent, ended });
  }
}

/** Twice what the whole fleet draws until the next tick, so that no worker is idle while jobs wait. */
const window = 2 * accountWindow;

async function repairAllRuns() {
  const sent = await repairRuns(items, { runSteps, now: clock.now() });
  if (sent > 0) log("info", "steps of runs sent again", { sent });
}

const tellUsage = openUsageExport(env, cloud);
const feeder = new LaneFeeder({ items, jobs, queue, window });

async function feedLanes() {
  const released = await feeder.feed();
  if (released > 0) log("info", "waiting jobs moved to the queue", { released });
}

async function wakeDispatcher() {
  const due = await items.query({ index: "due", partition: lanesDue, to: clock.now(), limit: 1 });
  if (due.items.length > 0) await notices.send(outboxNotice);
}

async function sweepAllLeftovers() {
  const deleted = await sweepLeftovers({ items, jobs, objects: cloud.objects, clock });
  if (deleted > 0) log("info", "deleted orphaned images", { deleted });
}

export async function handler(): Promise<void> {
  const parts = [
    sweepAllJobs,
    feedLanes,
    wakeDispatcher,
    () => scaleFleet({ items, queue, fleet, settings, clock, log }),
    tellUsage,
    sweepAllLeftovers,
    repairAllRuns,
  ];
  const failures: unknown[] = [];
  for (const part of parts) {
    await part().catch((error: unknown) => {
      failures.push(error);
      log("error", "part of the tick failed", {
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    });
  }
  if (failures.length > 0) throw failures[0];
}
