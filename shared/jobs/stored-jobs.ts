import { NotFoundError } from "../errors.ts";
import type { Job } from "../job.ts";
import { rollupIndex } from "../money/usage-rollups.ts";
import type { Clock } from "../ports/clock.ts";
import { type Items, ItemsConditionFailed, type Write } from "../ports/items.ts";
import { noteIndexBegin } from "../ports/lists/index-begin.ts";
import type { RecordKey } from "../records/record-key.ts";
import { filterIndex } from "./job-filters.ts";
import { jobKey } from "./job-history.ts";
import { type JobWriting, jobWrites, type Stored, type StoredChange, toStored, withCharge } from "./job-records.ts";
import type { JobTimes } from "./job-rules.ts";

/** Lost races are re-read and tried again; more than this many in a row is a bug, not contention. */
export const maxRaces = 50;

/** A transition of a stored job; `undefined` leaves the job unchanged. */
export type Step = (stored: Stored, now: number) => StoredChange | undefined;

export interface StoredJobsOptions {
  readonly items: Items;
  readonly clock: Clock;
  readonly times: JobTimes;
  readonly resendMs: number;
  readonly askMs: number;
  readonly recordsS: number;
  readonly promptKey?: RecordKey | undefined;
  /** See `JobStoreOptions`. */
  readonly maxUnfinished: number;
}

/** Jobs in the `items` port: how they are read, and how a change of one becomes one conditional write. */
export class StoredJobs {
  readonly items: Items;
  readonly clock: Clock;
  readonly times: JobTimes;
  readonly maxUnfinished: number;
  readonly #writing: Omit<JobWriting, "items" | "now">;
  #indexesNoted: Promise<unknown> | undefined;

  constructor({ items, clock, times, maxUnfinished, ...writing }: StoredJobsOptions) {
    this.items = items;
    this.clock = clock;
    this.times = times;
    this.#writing = writing;
    this.maxUnfinished = maxUnfinished;
  }

  /** Records from when on jobs are in the rows of `job-filters.ts` and `usage-rollups.ts`; asks the store once. */
  noteIndexes(): Promise<unknown> {
    const note = (index: string) => noteIndexBegin(this.items, this.clock, index);
    this.#indexesNoted ??= Promise.all([filterIndex, rollupIndex].map(note)).catch((error: unknown) => {
      this.#indexesNoted = undefined;
      throw error;
    });
    return this.#indexesNoted;
  }

  async read(jobId: string): Promise<Stored | undefined> {
    const item = await this.items.get(jobKey(jobId));
    return item && toStored(item);
  }

  /** @param before - `undefined` for a new job */
  writesOf(before: Stored | undefined, change: StoredChange): Promise<Write[]> {
    return jobWrites({ items: this.items, now: this.clock.now(), ...this.#writing }, before, change);
  }

  /**
   * One conditional write; a lost race reads the job and takes the step again.
   * @returns the job as it is now
   * @throws NotFoundError `job_not_found`
   */
  async transition(jobId: string, step: Step): Promise<Job> {
    for (let race = 0; race < maxRaces; race++) {
      const stored = await this.read(jobId);
      if (!stored) throw new NotFoundError("job_not_found", `there is no job ${jobId}`, { param: "id" });
      const made = step(stored, this.clock.now());
      if (!made) return stored.job;
      const change = withCharge(stored.job, made);
      try {
        await this.items.write(await this.writesOf(stored, change));
        return change.job;
      } catch (error) {
        if (!(error instanceof ItemsConditionFailed)) throw error;
      }
    }
    throw new Error(`job ${jobId} lost ${maxRaces} races in a row`);
  }
}
