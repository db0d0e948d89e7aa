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

/**
 * Jobs begun before one that has `own` jobs of its account ahead of it, where only totals are known: the other accounts
 * together are taken to be served as often as this one, since accounts take turns and how many they are is not known.
 *
 * @param others - unfinished jobs of all other accounts
 */
export function aheadByTurns(own: number, others: number): number {
  return own + Math.min(own, others);
}
