import type { StepsDone } from "../../shared/jobs/job-rules.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { JobProgress } from "./run-job.ts";

/**
 * Reports the steps of an attempt. Steps are written to the store only while somebody watches; a client that begins to
 * watch later gets the current step at once. Heartbeats and the end of the job always carry the progress.
 */
export class StepReports {
  readonly #clock: Clock;
  readonly #tell: (progress: JobProgress) => Promise<void>;
  #watchedUntil = 0;
  #last: JobProgress | undefined;
  #told: JobProgress | undefined;
  /** The last thing told, while it is on its way to the store. */
  #telling: Promise<void> = Promise.resolve();

  /** @param tell - writes to the store; rejects when the attempt must stop */
  constructor(clock: Clock, tell: (progress: JobProgress) => Promise<void>) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** `undefined` before the first step. */
  get done(): StepsDone | undefined {
    return this.#last && { step: this.#last.step, total: this.#last.total };
  }

  /** @throws what `tell` rejected with, now or before */
  async report(progress: JobProgress): Promise<void> {
    this.#last = progress;
    await this.#telling;
    this.#tellLast();
    // The store works while the next step is drawn; only an image's end waits for it.
    if (progress.event.type !== "step") await this.#telling;
  }

  /** Somebody watches until then, in milliseconds since the epoch. */
  watched(until: number): void {
    this.#watchedUntil = Math.max(this.#watchedUntil, until);
    this.#tellLast();
  }

  #tellLast(): void {
    const progress = this.#last;
    if (progress === undefined || progress === this.#told || this.#clock.now() >= this.#watchedUntil) return;
    this.#told = progress;
    this.#telling = this.#telling.then(() => this.#tell(progress));
    this.#telling.catch(() => {}); // heard by the next report
  }
}
