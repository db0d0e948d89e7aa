import * as z from "zod";
import { environment } from "../../shared/environment.ts";
import { InvalidInputError } from "../../shared/errors.ts";
import { decide, defaultScaling, type ScalingMemory, type ScalingSettings } from "../../shared/fair-queue/scaling.ts";
import { meanSecondsOf, workerReports } from "../../shared/fair-queue/worker-reports.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Items } from "../../shared/ports/items.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import type { Log } from "../../shared/process/log.ts";
import { countFeedable } from "../runs/count-feedable.ts";
import type { Fleet } from "./ecs-fleet.ts";

const memoryAddress = { pk: "SCALER", sk: "META" };
const memorySchema = z.object({
  surplusSince: z.number().optional(),
  spotRequests: z
    .object({
      open: z.array(z.object({ count: z.number(), at: z.number() })),
      running: z.number(),
      filledAt: z.number().optional(),
    })
    .optional(),
  avoidSpotUntil: z.number().optional(),
  vainSince: z.number().optional(),
  gaveUpAt: z.number().optional(),
});

const settingsSchema = z.strictObject({
  minWorkers: z.int().min(0),
  maxWorkers: z.int().min(0),
  targetDrainS: z.number().positive(),
  idleS: z.number().min(0),
  spotGraceS: z.number().min(0),
  spotRetryS: z.number().min(0),
  giveUpS: z.number().positive(),
  giveUpRetryS: z.number().min(0),
  maxAddedPerDecision: z.int().min(1),
  secondsPerJob: z.number().positive(),
  spot: z.boolean(),
});

/** @throws InvalidInputError when `SCALING` is not JSON of (part of) the settings */
export function readScalingSettings(env: NodeJS.ProcessEnv): ScalingSettings {
  const text = env[environment.scaling] ?? "{}";
  try {
    return settingsSchema.parse({ ...defaultScaling, ...JSON.parse(text) });
  } catch (cause) {
    throw new InvalidInputError(
      "invalid_config",
      `${environment.scaling} must be JSON of ScalingSettings, got ${text}`,
      {
        cause,
      },
    );
  }
}

export interface ScaleFleetDependencies {
  readonly items: Items;
  readonly queue: Queue;
  readonly fleet: Fleet;
  readonly settings: ScalingSettings;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Reads the queue and the fleet, decides, and asks for what was decided. Two at a time do no harm: both ask for about
 * the same.
 */
export async function scaleFleet({ items, queue, fleet, settings, clock, log }: ScaleFleetDependencies): Promise<void> {
  const now = clock.now();
  const reports = await workerReports(items, now);
  const secondsPerJob = meanSecondsOf(reports);
  const [depth, feedable, counts, remembered] = await Promise.all([
    queue.depth(),
    countFeedable(items, now, secondsPerJob ?? settings.secondsPerJob),
    fleet.counts(),
    items.get(memoryAddress),
  ]);
  const waiting = depth.visible + depth.delayed + feedable;
  // An unreadable memory counts as empty: that only delays a decision.
  const memory = (memorySchema.safeParse(remembered?.data).data ?? {}) as ScalingMemory;
  const decision = decide(
    {
      waitingJobs: waiting,
      heldJobs: depth.inFlight,
      secondsPerJob,
      drawnAt: reports.length === 0 ? undefined : Math.max(...reports.map(({ at }) => at)),
      ...counts,
      memory,
    },
    settings,
    now,
  );
  if (decision.spot !== counts.spot.desired) await fleet.setDesired("spot", decision.spot);
  if (decision.onDemand !== counts.onDemand.desired) await fleet.setDesired("onDemand", decision.onDemand);
  await items.write([{ put: { ...memoryAddress, data: { ...decision.memory } } }]);
  log("info", "fleet size set", {
    waiting,
    held: depth.inFlight,
    secondsPerJob,
    spot: decision.spot,
    spotRunning: counts.spot.running,
    onDemand: decision.onDemand,
    onDemandRunning: counts.onDemand.running,
    reason: decision.reason,
  });
}
