/** What a job's waiting time depends on, as far as it is known. */
export interface QueueLoad {
  /** Jobs that are begun before it and not over: those that are drawn now, and those that wait ahead of it. */
  readonly ahead: number;
  /** Workers that draw; at least 1 is taken. */
  readonly workers: number;
  /** Mean time of one job on one worker, in milliseconds. */
  readonly msPerJob: number;
}

/**
 * Milliseconds until a worker begins a job, if no job or worker comes or goes: the workers draw the jobs ahead side by
 * side, and the one that is free first has half of a job left on average.
 */
export function estimateStartMs({ ahead, workers, msPerJob }: QueueLoad): number {
  const drawing = Math.max(1, workers);
  return (Math.max(0, ahead - drawing + 0.5) * msPerJob) / drawing;
}

/** The messages that wait in one lane, from the view of one job. */
export interface WaitingLine {
  /** Jobs of its own account before it, and all of them. */
  readonly own: number;
  readonly all: number;
  /** Jobs of each other account that is known to have some. */
  readonly others: readonly number[];
  /** Jobs of accounts that are not known: each is taken to have one. */
  readonly rest: number;
  /** Messages that were sent before it, those of its own account included. */
  readonly sentBefore: number;
}

/** Jobs begun before one that waits where accounts take turns, as in the queue of one machine. */
export function aheadInTurns({ own, others, rest, sentBefore }: WaitingLine): number {
  const inTurn = sum(others.map((jobs) => Math.min(jobs, own + 1)));
  return own + inTurn + Math.min(rest, Math.max(0, sentBefore - own));
}

/** SQS's fair queues hold an account back when it has had more than this share of the work lately. */
const quietShare = 0.1;
/** Rounds after which the sum below has settled for all purposes. */
const mostRounds = 100;

/**
 * Jobs begun before one that waits in a fair queue of SQS. Messages are received in the order in which they were sent,
 * but those of an account with more than its quiet share only when no other waits, and of several such accounts the one
 * with the fewest in flight is served: it has at most a worker's share then.
 */
export function aheadInFairQueue({ own, all, others, rest, sentBefore }: WaitingLine, workers: number): number {
  const ofOthers = sum(others) + rest;
  // Nobody counts whose the earlier messages are: as many of each account as it has messages.
  const share = ofOthers === 0 ? 0 : Math.min(1, Math.max(0, sentBefore - own) / ofOthers);
  const most = Math.max(quietShare, 1 / Math.max(1, workers));
  let ahead = own + share * ofOthers;
  // What an account can have of all that is ahead depends on how much that is: from above, until it settles.
  for (let round = 0; round < mostRounds; round++) {
    const earlier = others.map((jobs) => Math.min(share * jobs, Math.max(own + 1, most * ahead)));
    const next = own + share * rest + sum(earlier);
    if (ahead - next < 0.5) break;
    ahead = next;
  }
  const isQuiet = (jobs: number) => jobs <= quietShare * (all + ofOthers);
  if (isQuiet(all)) return ahead;
  // Later messages overtake an account that is held back: until it has its quiet share again, and its worker's share.
  const quiet = rest + sum(others.filter(isQuiet));
  const inTurn = sum(others.filter((jobs) => !isQuiet(jobs)).map((jobs) => Math.min(jobs, own)));
  const overtaking = Math.min(quiet, own * (1 / quietShare - 1)) + Math.min(inTurn, own * (workers - 1));
  return Math.max(ahead, own + overtaking);
}

/**
 * The most that one account has in flight, when each has as many as it can up to that number: the queue serves the
 * account with the fewest first. @param unfinished - jobs of each account
 */
export function inFlightEach(unfinished: readonly number[], inFlight: number): number {
  const sorted = [...unfinished].sort((a, b) => a - b);
  let left = inFlight;
  for (const [index, jobs] of sorted.entries()) {
    const even = left / (sorted.length - index);
    if (even <= jobs) return even;
    left -= jobs;
  }
  return sorted.at(-1) ?? 0;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
