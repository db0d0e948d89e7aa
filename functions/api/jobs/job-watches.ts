import type { JobStore } from "../../../shared/jobs/job-store.ts";
import { watchAgainMs } from "../../../shared/jobs/watched-jobs.ts";
import type { Clock } from "../../../shared/ports/clock.ts";
import type { Log } from "../../../shared/process/log.ts";

export interface JobWatchesDependencies {
  readonly jobs: Pick<JobStore, "watch">;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The jobs whose steps are followed through this process. However many clients follow one job, and however often they
 * ask, the store is written once in `watchAgainMs`.
 */
export class JobWatches {
  readonly #dependencies: JobWatchesDependencies;
  /** When each job was last recorded, oldest first. */
  readonly #toldAt = new Map<string, number>();

  constructor(dependencies: JobWatchesDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Somebody wants the steps of this job, which is not over. A store that cannot be told costs steps and no response.
   */
  async touch(jobId: string): Promise<void> {
    const { jobs, clock, log } = this.#dependencies;
    const now = clock.now();
    for (const [id, at] of this.#toldAt) {
      if (now - at < watchAgainMs) break;
      this.#toldAt.delete(id);
    }
    if (this.#toldAt.has(jobId)) return;
    this.#toldAt.set(jobId, now);
    try {
      await jobs.watch(jobId);
    } catch (error) {
      this.#toldAt.delete(jobId);
      log("warn", "failed to record that a job is watched", { jobId, error: String(error) });
    }
  }
}
