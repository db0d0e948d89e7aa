import type { Clock } from "../../../shared/ports/clock.ts";
import { type Items, ItemsConditionFailed, type Write } from "../../../shared/ports/items.ts";
import { isOver, type Run, stepOf } from "../run.ts";
import { runEventWrites } from "../run-events.ts";
import { endWrites, findRun, runWrite, type StoredRun } from "../run-store.ts";

/** Longer than a step runs without renewing its turn, unless it asks for more. */
const turnMs = 60_000;

/** A step found that the run has moved on without it: another process took its turn, or ended the run. */
export class TurnLost extends Error {
  constructor(runId: string) {
    super(`another process has taken over run ${runId}`);
    this.name = "TurnLost";
  }
}

/**
 * The right to change a run, for one process at a time. The run's own item says until when: a process that dies leaves
 * it alone for a minute, and one that was merely slow finds that it may not write any more.
 */
export class Turn {
  readonly #items: Items;
  readonly #clock: Clock;
  #stored: StoredRun;

  /** @param stored - as the caller read it */
  constructor(stored: StoredRun, { items, clock }: { readonly items: Items; readonly clock: Clock }) {
    this.#stored = stored;
    this.#items = items;
    this.#clock = clock;
  }

  get run(): Run {
    return this.#stored.run;
  }

  /** Write what changes, with `writes`, and keep the turn for `forMs`. @throws TurnLost */
  async keep(change: (run: Run) => Partial<Run> = unchanged, writes: readonly Write[] = [], forMs = turnMs) {
    const until = this.#clock.now() + forMs;
    await this.#write((run) => ({ ...run, ...change(run), workingUntil: until, nextAt: until }), writes);
  }

  /** Write what changes, and leave the run to whoever comes next, at `nextAt`. @throws TurnLost */
  async end(change: (run: Run) => Partial<Run> & Pick<Run, "nextAt">, writes: readonly Write[] = []): Promise<void> {
    await this.#write(({ workingUntil: _, ...run }) => ({ ...run, ...change(run) }), writes);
  }

  /**
   * Its caller may cancel or resume a run at any time, and that raises the version; what the step has done is recorded
   * all the same, on top of it.
   */
  async #write(change: (run: Run) => Run, writes: readonly Write[]): Promise<void> {
    for (;;) {
      const { run, version } = this.#stored;
      const changed = change(run);
      try {
        const own = isOver(changed) ? endWrites(changed, version) : [runWrite(changed, version)];
        const told = await runEventWrites(this.#items, { before: run, after: changed, version }, this.#clock.now());
        await this.#items.write([...own, ...writes, ...told]);
        this.#stored = { run: changed, version: version + 1 };
        return;
      } catch (error) {
        if (!(error instanceof ItemsConditionFailed)) throw error;
        const found = await findRun(this.#items, run.id);
        // Nobody else's turn begins while ours is written down.
        const isOurs = run.workingUntil !== undefined && found?.run.workingUntil === run.workingUntil;
        if (found === undefined || !isOurs || stepOf(found.run) !== stepOf(run)) throw new TurnLost(run.id);
        this.#stored = found;
      }
    }
  }
}

const unchanged = (): Partial<Run> => ({});
