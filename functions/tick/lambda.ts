import { ECSClient } from "@aws-sdk/client-ecs";
import { environment } from "../../shared/environment.ts";
import { lanesDue } from "../../shared/webhook-outbox.ts";
import { openCloud } from "../open-cloud.ts";
import { sweepNotice } from "../webhook/handle-notices.ts";
import { openEcsFleet } from "./ecs-fleet.ts";
import { readScalingSettings, scaleFleet } from "./scale-fleet.ts";
import { sweepJobs } from "./sweep-jobs.ts";

/**
 * Entry of the tick, once a minute: jobs that a crash left behind, webhook rows that are due, and the size of the fleet. Each part
 * runs though another failed; the first failure is then the invocation's, so that the alarm on errors sees it.
 */
const { env } = process;
const cloud = openCloud(env);
const { items, queue, notices, jobs, clock, log } = cloud;
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
    const { resent, ended } = await sweepJobs({ jobs, queue });
    if (resent + ended === 0) return;
    log("jobs repaired", { resent, ended });
  }
}

async function wakeDispatcher() {
  const due = await items.query({ index: "due", partition: lanesDue, to: clock.now(), limit: 1 });
  if (due.items.length > 0) await notices.send(sweepNotice);
}

export async function handler(): Promise<void> {
  const parts = [sweepAllJobs, wakeDispatcher, () => scaleFleet({ items, queue, fleet, settings, clock, log })];
  const failures: unknown[] = [];
  for (const part of parts) {
    await part().catch((error: unknown) => {
      failures.push(error);
      log("a part of the tick failed", {
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    });
  }
  if (failures.length > 0) throw failures[0];
}
