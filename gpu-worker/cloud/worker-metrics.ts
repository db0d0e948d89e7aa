import type { JobStore } from "../../shared/jobs/job-store.ts";
import { withMethods } from "../../shared/ports/with-methods.ts";

type Unit = "Milliseconds" | "Count" | "Percent" | "Seconds" | "Megabytes";
export interface Metric {
  readonly name: string;
  readonly unit: Unit;
  readonly value: number;
}

/**
 * One log line in CloudWatch's embedded metric format: CloudWatch makes the metrics out of the log, so a worker needs
 * no agent beside it and no permission. Properties are in the line and are no dimensions, which would cost per value;
 * only the lane is one, where there is one.
 */
export function metricLine(
  namespace: string,
  metrics: readonly Metric[],
  properties: { readonly [name: string]: string | number },
  now: number,
): string {
  return JSON.stringify({
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: properties.lane === undefined ? [[]] : [[], ["lane"]],
          Metrics: metrics.map(({ name, unit }) => ({ Name: name, Unit: unit })),
        },
      ],
    },
    ...properties,
    ...Object.fromEntries(metrics.map(({ name, value }) => [name, value])),
  });
}

export interface WorkerMetricsOptions {
  readonly now: () => number;
  readonly write: (metrics: readonly Metric[], properties: { readonly [name: string]: string | number }) => void;
  /** Called after each success with the milliseconds that the job took in this worker. */
  readonly onPace: (secondsPerJob: number) => Promise<void>;
}

/** Codes of jobs that ended by what was asked for, which is nothing to be alarmed about: a refused image, a mask. */
const ownFaults = /^(?:content_policy|max_bytes_exceeded|no_cutout|invalid_(?!config$)\w+)$/;

/** How much a new job counts in the mean of the recent ones. */
const paceWeight = 0.2;

export interface WorkerMetrics {
  readonly jobs: JobStore;
  /** What happened since the last call; to be written once a minute. */
  period(): readonly Metric[];
}

/**
 * The store, watched: waits, steps, successes and failures are written as they happen, the busy share by the period.
 */
export function watchJobs(jobs: JobStore, { now, write, onPace }: WorkerMetricsOptions): WorkerMetrics {
  let periodSince = now();
  let busyMs = 0;
  let heldSince: number | undefined;
  let meanS: number | undefined;

  function release(): number {
    const heldMs = heldSince === undefined ? 0 : now() - heldSince;
    busyMs += Math.min(heldMs, now() - periodSince);
    heldSince = undefined;
    return heldMs;
  }

  const watched = withMethods(jobs, {
    async claim(jobId, workerId) {
      const claim = await jobs.claim(jobId, workerId);
      if (claim.outcome === "claimed") {
        heldSince = now();
        const { createdAt, attempt, lane } = claim.job;
        if (attempt === 1)
          write([{ name: "WaitMs", unit: "Milliseconds", value: now() - createdAt }], {
            jobId,
            lane: lane ?? "interactive",
          });
      }
      return claim;
    },
    async succeed(held, result, done) {
      const job = await jobs.succeed(held, result, done);
      const seconds = release() / 1000;
      const { n, steps } = held.params;
      write(
        [
          { name: "JobSucceeded", unit: "Count", value: 1 },
          { name: "Images", unit: "Count", value: result.images.length },
          { name: "InferenceMs", unit: "Milliseconds", value: result.inferenceMs },
          { name: "StepMs", unit: "Milliseconds", value: result.inferenceMs / (n * steps) },
        ],
        { jobId: held.id },
      );
      meanS = meanS === undefined ? seconds : meanS + paceWeight * (seconds - meanS);
      await onPace(meanS);
      return job;
    },
    async fail(held, error, done) {
      release();
      const name = ownFaults.test(error.code) ? "JobRefused" : "JobFailed";
      write([{ name, unit: "Count", value: 1 }], { jobId: held.id, code: error.code });
      return jobs.fail(held, error, done);
    },
    async cancel(held, done) {
      release();
      return jobs.cancel(held, done);
    },
    async giveBack(held, done) {
      release();
      return jobs.giveBack(held, done);
    },
  });

  return {
    jobs: watched,
    period() {
      const at = now();
      const lastedMs = Math.max(1, at - periodSince);
      if (heldSince !== undefined) busyMs += at - Math.max(heldSince, periodSince);
      const metrics: Metric[] = [
        { name: "WorkerUpSeconds", unit: "Seconds", value: lastedMs / 1000 },
        { name: "BusyPercent", unit: "Percent", value: Math.min(100, (100 * busyMs) / lastedMs) },
        { name: "RssMiB", unit: "Megabytes", value: process.memoryUsage.rss() / 2 ** 20 },
      ];
      periodSince = at;
      busyMs = 0;
      return metrics;
    },
  };
}
