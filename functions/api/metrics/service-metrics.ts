import { decodeTime } from "ulid";
import { type LaneState, readLane } from "../../../shared/fair-queue/lane-state.ts";
import { waitPartition } from "../../../shared/fair-queue/waiting-line.ts";
import { countWorkers } from "../../../shared/fair-queue/worker-reports.ts";
import type { Lane } from "../../../shared/job.ts";
import { durationBounds, readJobTotals } from "../../../shared/jobs/job-totals.ts";
import type { Items } from "../../../shared/ports/items.ts";
import { readAttemptTotals } from "../../../shared/webhooks/attempt-totals.ts";
import type { RouteDependencies } from "../dependencies.ts";
import { histogramSamples, type Metric, type Sample } from "./metrics-text.ts";

const lanes: readonly Lane[] = ["interactive", "batch"];
/** Accounts whose oldest waiting job is looked at: the age is that of the oldest among them. */
const maxLines = 100;

type MetricDependencies = Pick<RouteDependencies, "items" | "clock" | "workers" | "disk" | "freeDiskBytes">;

/** What the store knows of jobs, queue, webhooks and workers, over all processes. */
export async function serviceMetrics(dependencies: MetricDependencies): Promise<Metric[]> {
  const { items, clock, workers, disk, freeDiskBytes } = dependencies;
  const now = clock.now();
  const [states, totals, attempts, reporting, isFull, free] = await Promise.all([
    Promise.all(lanes.map((lane) => laneFigures(items, lane, now))),
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
      "Jobs that wait.",
      byLane(({ waiting }) => waiting),
    ),
    gauge(
      "zimage_queue_oldest_age_seconds",
      "Age of the oldest job that waits.",
      byLane(({ ageMs }) => ageMs / 1_000),
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

interface LaneFigures {
  readonly waiting: number;
  readonly running: number;
  readonly ageMs: number;
}

async function laneFigures(items: Items, lane: Lane, now: number): Promise<LaneFigures> {
  const { ready, drawing, lines } = await readLane(items, lane);
  const oldest = [ready[0]?.jobId, ...(await headsOf(items, lane, lines))].flatMap((id) =>
    id === undefined ? [] : [acceptedAt(id)],
  );
  return {
    waiting: ready.length + lines.reduce((sum, { jobs }) => sum + jobs, 0),
    running: drawing.length,
    ageMs: oldest.length === 0 ? 0 : Math.max(0, now - Math.min(...oldest)),
  };
}

function headsOf(items: Items, lane: Lane, lines: LaneState["lines"]): Promise<(string | undefined)[]> {
  return Promise.all(
    lines.slice(0, maxLines).map(async ({ id }) => {
      const page = await items.query({ index: "main", partition: waitPartition(lane, id), limit: 1 });
      const jobId = page.items[0]?.data.jobId;
      return jobId === undefined ? undefined : String(jobId);
    }),
  );
}

/** A job's id begins with its time. */
function acceptedAt(jobId: string): number {
  return decodeTime(jobId.slice("job_".length));
}

function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: "gauge", help, samples };
}

function counter(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: "counter", help, samples };
}
