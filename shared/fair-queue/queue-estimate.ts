/** The state of the lanes, as far as a job's waiting time depends on it. Work in any unit, the same everywhere. */
export interface LaneLoad {
  /** Workers that draw; at least 1 is taken. */
  readonly workers: number;
  /** Work left of each job that is being drawn. */
  readonly drawing: readonly number[];
  /** Work of a lane that goes first as a whole: of its jobs in the queue, in their order, and of all in its lines. */
  readonly before?: {
    readonly ready: readonly number[];
    readonly waiting: { readonly jobs: number; readonly work: number };
  };
  /** Work of the jobs in the queue that come before this one, in their order. */
  readonly ready: readonly number[];
  /** For a job in line: the accounts that share the lane with it. */
  readonly line?: {
    readonly accounts: readonly LineLoad[];
    readonly accountId: string;
    /** Before it in its own account's line. */
    readonly own: { readonly jobs: number; readonly work: number };
  };
}

/** One account's line. */
export interface LineLoad {
  readonly id: string;
  readonly weight: number;
  readonly jobs: number;
  readonly work: number;
}

export interface QueueEstimate {
  /** Number of jobs begun before it, plus one. */
  readonly position: number;
  /** Time until the job is begun. */
  readonly startMs: number;
}

/**
 * When a job is begun, if no job or worker comes or goes: each worker takes the next job once it is free, and lines are
 * a fluid. When the work before a job in its own line is done, every other account has been served in proportion to its
 * weight, or has run out.
 *
 * @param msPerWork - time of one worker for one unit of work
 */
export function estimateStart(load: LaneLoad, msPerWork: number): QueueEstimate {
  const { drawing, before, ready, line } = load;
  const workers = Math.max(1, load.workers);
  // When each worker is free, counted in its own work.
  let free: number[] = Array.from({ length: workers }, () => 0);
  const give = (work: number) => {
    free[0]! += work;
    free.sort((a, b) => a - b);
  };
  for (const work of drawing) give(work);
  for (const work of before?.ready ?? []) give(work);
  const first = before?.waiting ?? { jobs: 0, work: 0 };
  free = free.map((at) => at + first.work / workers);
  for (const work of ready) give(work);
  const served = line === undefined ? { jobs: 0, work: 0 } : servedBefore(line);
  return {
    position: (before?.ready.length ?? 0) + first.jobs + ready.length + served.jobs + 1,
    startMs: (free[0]! + served.work / workers) * msPerWork,
  };
}

/** Jobs and work served from all lines of a lane before the job's turn. */
function servedBefore({ accounts, accountId, own }: NonNullable<LaneLoad["line"]>): { jobs: number; work: number } {
  const weightOf = (id: string) => accounts.find((account) => account.id === id)?.weight ?? 1;
  const turns = own.work / weightOf(accountId);
  const served = { ...own };
  for (const { id, weight, jobs, work } of accounts) {
    if (id === accountId || work === 0) continue;
    const share = Math.min(work, weight * turns);
    served.work += share;
    served.jobs += Math.round((jobs * share) / work);
  }
  return served;
}
