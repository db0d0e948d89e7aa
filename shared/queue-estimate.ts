/** The state of a lane, as far as a job's waiting time depends on it. Work in any unit, the same everywhere. */
export interface LaneLoad {
  /** Workers that draw; at least 1 is taken. */
  readonly workers: number;
  /** Work left in the jobs that are being drawn, released to the queue, or in lanes that go first. */
  readonly ahead: number;
  readonly accounts: readonly {
    readonly id: string;
    readonly weight: number;
    /** Of all its jobs in line. */
    readonly work: number;
  }[];
}

/**
 * How long until a job in line is begun: the fair share of everybody as a fluid. When the work before it in its own line is done, every other account
 * has been served in proportion to its weight, or has run out.
 *
 * @param own - the job's account, and the work before it in that account's line
 * @param msPerWork - time of one worker for one unit of work
 * @returns milliseconds
 */
export function estimateStartMs(
  { workers, ahead, accounts }: LaneLoad,
  own: { readonly id: string; readonly workBefore: number },
  msPerWork: number,
): number {
  const weightOf = (id: string) => accounts.find((account) => account.id === id)?.weight ?? 1;
  const turns = own.workBefore / weightOf(own.id);
  const served = accounts.reduce(
    (sum, { id, weight, work }) => sum + (id === own.id ? own.workBefore : Math.min(work, weight * turns)),
    0,
  );
  return ((ahead + served) / Math.max(1, workers)) * msPerWork;
}
