import { decide, defaultScaling, type ScalingMemory, type ScalingSettings } from "../../shared/fair-queue/scaling.ts";

/** What a policy may look at, once a minute. */
interface Observation {
  /** Seconds from the start. */
  readonly second: number;
  readonly waiting: number;
  readonly held: number;
  /** Second in which a worker last drew. */
  readonly drawnAt?: number;
  readonly spot: { readonly desired: number; readonly running: number };
  readonly onDemand: { readonly desired: number; readonly running: number };
}

interface Wanted {
  readonly spot: number;
  readonly onDemand: number;
}

export type Policy = (observation: Observation) => Wanted;

export const secondsPerJob = 10;

/** Ours: the function that the tick runs. */
export function ourPolicy(settings: Partial<ScalingSettings> & { readonly maxWorkers: number }): Policy {
  const all = { ...defaultScaling, secondsPerJob, ...settings };
  let memory: ScalingMemory = {};
  return ({ second, waiting, held, drawnAt, spot, onDemand }) => {
    const drawnAtMs = drawnAt === undefined ? undefined : drawnAt * 1000;
    const decision = decide(
      { waitingJobs: waiting, heldJobs: held, secondsPerJob, drawnAt: drawnAtMs, spot, onDemand, memory },
      all,
      second * 1000,
    );
    memory = decision.memory;
    return decision;
  };
}

/**
 * AWS target tracking on backlog per task, as its documentation describes it: out when the metric was above the target
 * for three minutes, in when it was below nine tenths of it for fifteen; capacity in proportion to the metric. From
 * none it cannot start (backlog per task has no value there), so it is given the usual helper that starts one task when
 * anything waits. Spot alone: target tracking knows one service.
 */
export function targetTracking({
  target,
  maxWorkers,
}: {
  readonly target: number;
  readonly maxWorkers: number;
}): Policy {
  let above = 0;
  let below = 0;
  return ({ waiting, held, spot: { desired, running } }) => {
    if (desired === 0) return { spot: waiting > 0 ? 1 : 0, onDemand: 0 };
    // What the metric counts: visible messages, with those in flight so that a busy fleet is not taken for an idle one.
    const metric = (waiting + held) / Math.max(1, running);
    above = metric > target ? above + 1 : 0;
    below = metric < 0.9 * target ? below + 1 : 0;
    const proportional = Math.ceil((Math.max(1, running) * metric) / target);
    if (above >= 3) {
      above = 0;
      return { spot: Math.min(maxWorkers, Math.max(desired, proportional)), onDemand: 0 };
    }
    if (below >= 15) {
      below = 0;
      return { spot: Math.min(desired, proportional), onDemand: 0 };
    }
    return { spot: desired, onDemand: 0 };
  };
}

/** Steps on the depth of the queue, as queue-driven examples have them; none after five quiet minutes. */
export function stepScaling({
  maxWorkers,
  scale = 1,
}: {
  readonly maxWorkers: number;
  readonly scale?: number;
}): Policy {
  const steps: readonly (readonly [number, number])[] = [
    [1, 1],
    [20, 2],
    [50, 4],
    [100, 8],
    [500, 16],
    [2_000, Number.POSITIVE_INFINITY],
  ];
  let quiet = 0;
  return ({ waiting, held, spot: { desired } }) => {
    quiet = waiting === 0 ? quiet + 1 : 0;
    const [, wanted] = steps.findLast(([depth]) => waiting >= (depth === 1 ? 1 : depth * scale)) ?? [0, 0];
    if (wanted > desired) return { spot: Math.min(maxWorkers, wanted), onDemand: 0 };
    if (quiet >= 5) return { spot: held > 0 ? Math.max(1, Math.floor(desired / 2)) : 0, onDemand: 0 };
    return { spot: desired, onDemand: 0 };
  };
}
