import * as z from "zod";
import { environment } from "../../shared/environment.ts";
import { InvalidInputError } from "../../shared/errors.ts";
import { type FleetGauges, fleetLogMessage } from "../../shared/fair-queue/fleet-gauges.ts";
import {
  decide,
  defaultScaling,
  type ScalingMemory,
  type ScalingSettings,
  type ScalingState,
} from "../../shared/fair-queue/scaling.ts";
import { meanSecondsOf, workerReports } from "../../shared/fair-queue/worker-reports.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Items } from "../../shared/ports/items.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import type { Log } from "../../shared/process/log.ts";
import { countFeedable } from "../runs/count-feedable.ts";
import { type CanaryPlan, canaryMemorySchema, type MachineKind, planCanary, type ServiceState } from "./canary.ts";
import type { Fleet } from "./ecs-fleet.ts";

const memoryAddress = { pk: "SCALER", sk: "META" };
const memorySchema = z.object({
  canary: canaryMemorySchema.optional(),
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
  /** The version of the worker that was deployed last. */
  readonly version: WorkerVersion;
  readonly clock: Clock;
  readonly log: Log;
}

interface WorkerVersion {
  /** ARN of its task definition. */
  readonly taskDefinition: string;
  /** What its workers call themselves in their reports. */
  readonly name: string;
}

/**
 * Reads the queue and the fleet, decides, and asks for what was decided. Two at a time do no harm: both ask for about
 * the same.
 */
export async function scaleFleet(dependencies: ScaleFleetDependencies): Promise<void> {
  const { items, queue, fleet, settings, version, clock, log } = dependencies;
  const now = clock.now();
  const reports = await workerReports(items, now);
  const secondsPerJob = meanSecondsOf(reports);
  const [depth, feedable, services, remembered] = await Promise.all([
    queue.depth(),
    countFeedable(items, now, secondsPerJob ?? settings.secondsPerJob),
    fleet.counts(),
    items.get(memoryAddress),
  ]);
  const waitingJobs = depth.visible + depth.delayed + feedable;
  // An unreadable memory counts as empty: that only delays a decision.
  const { canary: canaryMemory, ...scalerMemory } = memorySchema.safeParse(remembered?.data).data ?? {};
  const hasDrawn = reports.some((report) => report.version === version.name);
  const plan = planCanary(
    {
      ...{ services, wanted: version.taskDefinition, hasDrawn, waitingJobs, memory: canaryMemory },
      gaveUp: scalerMemory.gaveUpAt !== undefined,
    },
    settings,
    now,
  );
  const isTakenBack = plan.memory?.refused === true && !canaryMemory?.refused;
  // What was in vain was the version's doing: the one before begins at once.
  const memory: ScalingMemory = isTakenBack
    ? { ...scalerMemory, vainSince: undefined, gaveUpAt: undefined }
    : scalerMemory;
  const drawnAt = reports.length === 0 ? undefined : Math.max(...reports.map(({ at }) => at));
  const jobs = { waitingJobs, heldJobs: depth.inFlight, secondsPerJob, drawnAt };
  const { desired, decision } = sizeServices(services, plan, { jobs, memory, settings, now });
  for (const kind of ["spot", "onDemand"] as const) {
    const roll = plan.rolls[kind];
    if (roll !== undefined || desired[kind] !== services[kind].desired)
      await fleet.setDesired(kind, desired[kind], roll);
  }
  await items.write([{ put: { ...memoryAddress, data: { ...decision.memory, canary: plan.memory } } }]);
  if (isTakenBack) {
    log("error", "new worker version refused", { version: version.name, reason: plan.reason });
  }
  log("info", fleetLogMessage, {
    ...gauges(services, { memory: decision.memory, plan, settings, now }),
    waiting: waitingJobs,
    held: depth.inFlight,
    secondsPerJob,
    spot: desired.spot,
    spotRunning: services.spot.running,
    onDemand: desired.onDemand,
    onDemandRunning: services.onDemand.running,
    reason: [decision.reason, plan.reason].filter((one) => one !== undefined).join("; "),
  });
}

interface Measured {
  readonly memory: ScalingMemory;
  readonly plan: CanaryPlan;
  readonly settings: ScalingSettings;
  readonly now: number;
}

function gauges(
  { spot, onDemand }: { readonly [K in MachineKind]: ServiceState },
  { memory, plan, settings, now }: Measured,
): { readonly [K in keyof FleetGauges]: number } {
  const { gaveUpAt, vainSince = now, avoidSpotUntil } = memory;
  const since = gaveUpAt === undefined ? vainSince : gaveUpAt - settings.giveUpS * 1000;
  return {
    spotAvoided: avoidSpotUntil === undefined ? 0 : 1,
    vainMinutes: Math.round((now - since) / 60_000),
    tasksFailed: (spot.failedTasks ?? 0) + (onDemand.failedTasks ?? 0),
    versionRefused: plan.memory?.refused ? 1 : 0,
  };
}

interface Sizing {
  readonly jobs: Pick<ScalingState, "waitingJobs" | "heldJobs" | "secondsPerJob" | "drawnAt">;
  readonly memory: ScalingMemory;
  readonly settings: ScalingSettings;
  readonly now: number;
}

/** With a canary, the other service has all workers that are needed, and the canary one more while any are. */
function sizeServices(
  services: { readonly [K in MachineKind]: ServiceState },
  { canary }: CanaryPlan,
  { jobs, memory, settings, now }: Sizing,
) {
  if (canary === undefined) {
    const decision = decide({ ...jobs, ...services, memory }, settings, now);
    return { decision, desired: { spot: decision.spot, onDemand: decision.onDemand } };
  }
  const others = { ...services, [canary]: { desired: 0, running: 0 } };
  const room = { maxWorkers: settings.maxWorkers - 1, spot: settings.spot && canary !== "spot" };
  const decision = decide({ ...jobs, ...others, memory }, { ...settings, ...room }, now);
  const drawing = decision.spot + decision.onDemand;
  const tried = Math.min(1, drawing);
  return {
    decision,
    desired: canary === "spot" ? { spot: tried, onDemand: drawing } : { spot: drawing, onDemand: tried },
  };
}
