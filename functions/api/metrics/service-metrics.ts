import { countWorkers } from "../../../shared/fair-queue/worker-reports.ts";
import { durationBounds, readJobTotals } from "../../../shared/jobs/job-totals.ts";
import { readAttemptTotals } from "../../../shared/webhooks/attempt-totals.ts";
import type { RouteDependencies } from "../dependencies.ts";
import { type LaneFigures, laneFigures, lanes } from "./lane-figures.ts";
import { histogramSamples, type Metric, type Sample } from "./metrics-text.ts";

type MetricDependencies = Pick<RouteDependencies, "items" | "queue" | "clock" | "workers" | "disk" | "freeDiskBytes">;

/** What the store knows of jobs, queue, webhooks and workers, over all processes. */
export async function serviceMetrics(dependencies: MetricDependencies): Promise<Metric[]> {
  const { items, queue, clock, workers, disk, freeDiskBytes } = dependencies;
  const now = clock.now();
  const [states, totals, attempts, reporting, isFull, free] = await Promise.all([
    Promise.all(lanes.map((lane) => laneFigures(queue, lane, now))),
    readJobTotals(items),
    readAttemptTotals(items),
    countWorkers(items, now),
    disk.isFull(),
    freeDiskBytes?.().catch(() => undefined),
  ]);
  const byLane = (value: (figures: LaneFigures) => number): Sample[] =>
    lanes.map((lane, i) => ({ labels: { lane }, value: value(states[i]!) }));
  const { ended, duration } = totals;
  return [
    gauge(
      "zimage_queue_jobs",
      "Jobs that wait; a canceled one until a worker meets its message.",
      byLane(({ waiting }) => waiting),
    ),
    gauge(
      "zimage_queue_oldest_age_seconds",
      "Age of the oldest job that waits.",
      byLane(({ ageMs = 0 }) => ageMs / 1_000),
    ),
    gauge(
      "zimage_jobs_running",
      "Jobs that a worker is drawing.",
      byLane(({ running }) => running),
    ),
    counter(
      "zimage_jobs_ended_total",
      "Jobs that ended, by their state.",
      Object.entries(ended).map(([status, value]) => ({ labels: { status }, value })),
    ),
    {
      name: "zimage_job_duration_seconds",
      type: "histogram",
      help: "From acceptance to success.",
      samples: histogramSamples(durationBounds, { ...duration, sum: duration.sumMs / 1_000 }),
    },
    counter(
      "zimage_webhook_attempts_total",
      "Attempts to deliver a webhook, by the state that the message is left in.",
      Object.entries(attempts).map(([status, value]) => ({ labels: { status }, value })),
    ),
    gauge(
      "zimage_workers",
      "Workers that are kept running, or where that is not known here, those that reported lately.",
      [{ value: workers ?? reporting }],
    ),
    gauge("zimage_disk_full", "1 where there is no room to write.", [{ value: isFull ? 1 : 0 }]),
    ...(free === undefined
      ? []
      : [gauge("zimage_disk_free_bytes", "Free bytes of the data's disk.", [{ value: free }])]),
  ];
}

function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: "gauge", help, samples };
}

function counter(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: "counter", help, samples };
}
