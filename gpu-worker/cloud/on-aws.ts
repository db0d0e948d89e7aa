import { createAwsClients } from "../../shared/aws/clients.ts";
import { openS3Objects } from "../../shared/aws/objects.ts";
import { reportSecondsPerJob } from "../../shared/fair-queue/worker-reports.ts";
import type { JobStore } from "../../shared/jobs/job-store.ts";
import { type Clock, systemClock } from "../../shared/ports/clock.ts";
import type { Items } from "../../shared/ports/items.ts";
import type { Log } from "../../shared/process/log.ts";
import type { WorkerConfig } from "../config.ts";
import { fetchWeights } from "./fetch-weights.ts";
import { spotNotice } from "./spot-notice.ts";
import { openTaskProtection, protectWhileHeld } from "./task-protection.ts";
import { metricLine, watchJobs } from "./worker-metrics.ts";

/** What a worker does besides drawing when it runs on AWS. Elsewhere these functions do nothing. */

const metricsEveryMs = 60_000;
const paceEveryMs = 30_000;

/** Download the weights that the configuration names into the folder that the model is loaded from. */
export async function bringWeights({ weights, modelDir, state }: WorkerConfig, log: Log): Promise<void> {
  if (weights === undefined || state.kind !== "aws") return;
  const { s3, close } = createAwsClients({ region: state.region });
  const startedAt = Date.now();
  try {
    const bytes = await fetchWeights(openS3Objects({ client: s3, bucket: weights.bucket }), weights.prefix, modelDir);
    log("info", "weights downloaded", { bytes, ms: Date.now() - startedAt });
  } finally {
    close();
  }
}

export interface AttendOptions {
  readonly config: WorkerConfig;
  readonly jobs: JobStore;
  readonly items: Items;
  readonly workerId: string;
  readonly loadMs: number;
  readonly log: Log;
  readonly clock?: Clock;
  /** Called when AWS announces that it will reclaim the machine. */
  readonly onNotice: () => void;
  /** Stops the background tasks. */
  readonly signal: AbortSignal;
}

/** The job store wrapped in what the configuration asks for: task protection, metrics, the spot notice. */
export function attendJobs(options: AttendOptions): JobStore {
  const { config, items, workerId, loadMs, log, clock = systemClock, onNotice, signal } = options;
  let { jobs } = options;
  if (config.ecsAgentUri !== undefined) {
    jobs = protectWhileHeld(jobs, openTaskProtection(config.ecsAgentUri), {
      leaseMs: config.leaseMs,
      onError: (error) => log("warn", "task protection failed", { error: String(error) }),
    });
    void spotNotice(clock, signal, { base: config.metadataUrl }).then((said) => {
      if (said === "notice") {
        log("info", "spot interruption notice received; draining");
        onNotice();
      }
    });
  }
  const { metricsNamespace } = config;
  if (metricsNamespace === undefined) return jobs;

  const write: Parameters<typeof watchJobs>[1]["write"] = (metrics, properties) => {
    process.stdout.write(`${metricLine(metricsNamespace, metrics, { workerId, ...properties }, clock.now())}\n`);
  };
  let toldAt = Number.NEGATIVE_INFINITY;
  const watched = watchJobs(jobs, {
    now: clock.now,
    write,
    async onPace(secondsPerJob) {
      if (clock.now() - toldAt < paceEveryMs) return;
      toldAt = clock.now();
      await reportSecondsPerJob(items, workerId, secondsPerJob, toldAt, config.version).catch((error: unknown) =>
        log("warn", "failed to report seconds per job", { error: String(error) }),
      );
    },
  });
  write([{ name: "LoadMs", unit: "Milliseconds", value: loadMs }], {});
  void (async () => {
    while (!signal.aborted) {
      await clock.sleep(metricsEveryMs, signal);
      write(watched.period(), {});
    }
  })();
  return watched.jobs;
}
