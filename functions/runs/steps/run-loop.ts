import { type Run, stepOf } from "../run.ts";
import { dueRuns } from "../run-store.ts";
import { type StepDependencies, takeStep } from "./take-step.ts";

/** Runs that one process works on at once, and of those the runs of one account. */
const runsAtOnce = 64;
const runsPerAccount = 4;

/**
 * Takes the steps of runs on one machine: what a queue and a function do on AWS. A step that takes long, such as one
 * that waits for a silent picture host, holds up its own run, and at most three more of its account.
 */
export class RunLoop {
  readonly #dependencies: StepDependencies;
  readonly #follows: boolean;
  /** Runs that a step is being taken of, with their accounts. */
  readonly #working = new Map<string, string>();

  /** @param follows - whether steps that follow at once are taken too */
  constructor(dependencies: StepDependencies, { follows = true } = {}) {
    this.#dependencies = dependencies;
    this.#follows = follows;
  }

  /**
   * Begins a step of each run that is due.
   * @returns the rows that each run moves, once it has nothing more to do now
   */
  async startDue(): Promise<Promise<number>[]> {
    const { items, clock } = this.#dependencies;
    const started: Promise<number>[] = [];
    for (const run of await dueRuns(items, clock.now())) {
      if (this.#hasRoom(run)) started.push(this.#take(run));
    }
    return started;
  }

  #hasRoom({ id, identity }: Run): boolean {
    if (this.#working.has(id) || this.#working.size >= runsAtOnce) return false;
    const own = [...this.#working.values()].filter((accountId) => accountId === identity.accountId);
    return own.length < runsPerAccount;
  }

  async #take(run: Run): Promise<number> {
    const { id: runId, identity } = run;
    this.#working.set(runId, identity.accountId);
    try {
      let { next, moved } = await takeStep({ runId, step: stepOf(run)! }, this.#dependencies);
      while (this.#follows && next?.delayMs === 0) {
        const followed = await takeStep(next, this.#dependencies);
        next = followed.next;
        moved += followed.moved;
      }
      return moved;
    } catch (error) {
      this.#dependencies.log("error", "failed to take a step of a run", { runId, error: String(error) });
      return 0;
    } finally {
      this.#working.delete(runId);
    }
  }
}
