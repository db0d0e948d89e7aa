import { askForSpot, isSpotMissing, lookAtSpot, noSpotRequests, type SpotRequests } from "./spot-requests.ts";

/**
 * How many GPU workers there should be: a pure rule over what the tick sees, replayed by `npm run simulate:scaling`.
 *
 * Work is measured in seconds of one worker, not in messages, so the rule means the same for 8 steps at 512 pixels and
 * for 50 at
 * 2048. Scaling out is at once (a queue that grows is never a blip worth waiting for), scaling in waits for idleness
 * and goes by halves, since a worker that is let go costs minutes to get back.
 */
export interface ScalingSettings {
  readonly minWorkers: number;
  readonly maxWorkers: number;
  /** The work that waits should be done within this time of the workers being up. */
  readonly targetDrainS: number;
  /** Workers are let go after this long without waiting work. */
  readonly idleS: number;
  /** Spot workers that are not up this long after their request, while none else comes, are asked for on demand. */
  readonly spotGraceS: number;
  /** Spot is tried again this long after it was missing. */
  readonly spotRetryS: number;
  /** Workers that were asked for this long, for jobs that wait, without an image drawn by any, are stopped. */
  readonly giveUpS: number;
  /** One worker is tried again this long after all were stopped. */
  readonly giveUpRetryS: number;
  /** Most workers added per decision, so that one wrong reading cannot buy a fleet. */
  readonly maxAddedPerDecision: number;
  /** Seconds of one job, until workers have reported their own. */
  readonly secondsPerJob: number;
  /** False: on demand only. */
  readonly spot: boolean;
}

/**
 * Drain and idle times by simulation, docs/scaling.md: less drain time buys mostly machines that start too late to
 * help.
 */
export const defaultScaling: ScalingSettings = {
  minWorkers: 0,
  maxWorkers: 4,
  targetDrainS: 210,
  idleS: 120,
  spotGraceS: 300,
  spotRetryS: 1_800,
  giveUpS: 1_800,
  giveUpRetryS: 1_800,
  maxAddedPerDecision: 20,
  secondsPerJob: 10,
  spot: true,
};

/** Current count of one kind of worker (spot or on demand). */
export interface WorkerCount {
  /** The count requested last. */
  readonly desired: number;
  /** Tasks whose container runs; those that wait for a machine or an image are not among them. */
  readonly running: number;
}

export interface ScalingState {
  /** Messages that no worker holds, delayed ones included. */
  readonly waitingJobs: number;
  /** Messages that workers hold. */
  readonly heldJobs: number;
  /** Mean seconds of one job as the workers tell it; absent while none has. */
  readonly secondsPerJob?: number;
  /** When a worker last told that it drew; milliseconds since the epoch. */
  readonly drawnAt?: number;
  readonly spot: WorkerCount;
  readonly onDemand: WorkerCount;
  readonly memory: ScalingMemory;
}

/** State of earlier decisions: plain data, kept between ticks. Times in milliseconds since the epoch. */
export interface ScalingMemory {
  /** Since when more workers are there than the work needs. */
  readonly surplusSince?: number;
  readonly spotRequests?: SpotRequests;
  /** Ask for on-demand workers until then. */
  readonly avoidSpotUntil?: number;
  /** Since when workers are asked for and jobs wait, without an image drawn. */
  readonly vainSince?: number;
  /** Workers were stopped because none drew; when, until one draws again. */
  readonly gaveUpAt?: number;
}

export interface ScalingDecision {
  readonly spot: number;
  readonly onDemand: number;
  readonly memory: ScalingMemory;
  /** Why, in a few words for the log. */
  readonly reason: string;
}

/**
 * Pure: the same state gives the same decision.
 * @param now - milliseconds since the epoch
 */
export function decide(state: ScalingState, settings: ScalingSettings, now: number): ScalingDecision {
  const attempt = lookAtAttempt(state, settings, now);
  const limits = {
    ...settings,
    maxWorkers: attempt.maxWorkers,
    minWorkers: Math.min(settings.minWorkers, attempt.maxWorkers),
  };
  const current = state.spot.desired + state.onDemand.desired;
  const needed = neededWorkers(state, limits);
  const requests = lookAtSpot(state.memory.spotRequests ?? noSpotRequests, state.spot, now);
  const spotMissing = settings.spot && isSpotMissing(requests, settings.spotGraceS * 1000, now);
  const avoidSpotUntil = spotMissing ? now + settings.spotRetryS * 1000 : state.memory.avoidSpotUntil;
  const avoidSpot = !settings.spot || (avoidSpotUntil !== undefined && now < avoidSpotUntil);

  const { total, surplusSince, reason } = resize(state, limits, { current, needed, now });
  const workers = split(total, state, avoidSpot);
  const memory: ScalingMemory = {
    surplusSince,
    spotRequests: settings.spot ? askForSpot(requests, workers.spot, now) : undefined,
    avoidSpotUntil: avoidSpot && avoidSpotUntil !== undefined ? avoidSpotUntil : undefined,
    vainSince: attempt.vainSince,
    gaveUpAt: attempt.gaveUpAt,
  };
  return { ...workers, memory, reason: attempt.reason ?? (spotMissing ? `${reason}; no spot` : reason) };
}

interface Attempt {
  readonly maxWorkers: number;
  readonly vainSince?: number;
  readonly gaveUpAt?: number;
  /** In place of the other reasons. */
  readonly reason?: string;
}

/**
 * Whether workers draw at all. An image that cannot start, or a model that cannot load, would else be paid for as long
 * as jobs wait: then all are stopped, and one at a time is tried until an image is drawn.
 */
function lookAtAttempt(state: ScalingState, settings: ScalingSettings, now: number): Attempt {
  const { memory, drawnAt = Number.NEGATIVE_INFINITY } = state;
  const { maxWorkers, giveUpS, giveUpRetryS } = settings;
  const asked = state.spot.desired + state.onDemand.desired > 0 && state.waitingJobs + state.heldJobs > 0;
  const vainSince = asked ? Math.max(memory.vainSince ?? now, drawnAt) : undefined;
  const gaveUpAt = memory.gaveUpAt !== undefined && drawnAt < memory.gaveUpAt ? memory.gaveUpAt : undefined;
  if (vainSince !== undefined && now - vainSince >= giveUpS * 1000) {
    return { maxWorkers: 0, gaveUpAt: now, reason: `gave up: no image drawn for ${Math.round(giveUpS / 60)} minutes` };
  }
  if (gaveUpAt === undefined) return { maxWorkers, vainSince };
  if (now - gaveUpAt < giveUpRetryS * 1000) return { maxWorkers: 0, gaveUpAt, reason: "gave up: waits to try again" };
  return { maxWorkers: Math.min(1, maxWorkers), vainSince, gaveUpAt, reason: "gave up: tries one worker" };
}

function neededWorkers({ waitingJobs, heldJobs, secondsPerJob }: ScalingState, settings: ScalingSettings): number {
  // A running job is half done on average.
  const workS = (waitingJobs + heldJobs / 2) * (secondsPerJob ?? settings.secondsPerJob);
  const byWork = Math.ceil(workS / settings.targetDrainS);
  const jobs = waitingJobs + heldJobs;
  // One is enough to begin; more workers than jobs would have nothing to do.
  const wanted = jobs === 0 ? 0 : Math.min(Math.max(byWork, 1), jobs);
  return Math.min(Math.max(wanted, settings.minWorkers), settings.maxWorkers);
}

function resize(
  { waitingJobs, memory }: ScalingState,
  { idleS, maxAddedPerDecision, minWorkers, maxWorkers }: ScalingSettings,
  { current, needed, now }: { readonly current: number; readonly needed: number; readonly now: number },
): { readonly total: number; readonly surplusSince?: number; readonly reason: string } {
  if (current > maxWorkers) return { total: maxWorkers, reason: "more than the most" };
  if (needed > current) {
    return { total: Math.min(needed, current + maxAddedPerDecision), reason: "work waits" };
  }
  if (needed === current) return { total: current, reason: "enough" };
  // A backlog that still stands has its workers; they go when it is gone.
  if (waitingJobs > 0) return { total: current, reason: "enough, the backlog shrinks" };
  const surplusSince = memory.surplusSince ?? now;
  if (now - surplusSince < idleS * 1000) return { total: current, surplusSince, reason: "idle, not yet for long" };
  const total = Math.max(needed, Math.floor(current / 2), minWorkers);
  return { total, surplusSince: total > needed ? surplusSince : undefined, reason: "idle" };
}

/** On-demand workers cost more: they are requested last and stopped first. */
function split(
  total: number,
  { spot, onDemand }: ScalingState,
  avoidSpot: boolean,
): { readonly spot: number; readonly onDemand: number } {
  if (!avoidSpot) {
    // On-demand workers with a job are kept until the fleet shrinks.
    const keptOnDemand = Math.min(onDemand.desired, total);
    const added = Math.max(0, total - spot.desired - onDemand.desired);
    const spotWanted = Math.min(total, spot.desired + added);
    return { spot: spotWanted, onDemand: Math.min(keptOnDemand, total - spotWanted) };
  }
  // Running spot workers stay; those that never started are requested on demand.
  const spotKept = Math.min(spot.desired, spot.running, total);
  return { spot: spotKept, onDemand: total - spotKept };
}
