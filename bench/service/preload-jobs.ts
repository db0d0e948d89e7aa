import { join } from "node:path";
import { ulid } from "ulid";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import type { Job } from "../../shared/job.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import type { JobStore } from "../../shared/jobs/job-store.ts";
import { jobRetentionS } from "../../shared/limits.ts";

/** Jobs under way at once: they share commits, and each commit waits for the disk once. */
const atOnce = 500;
/** The oldest job is this much younger than those that are deleted. */
const marginMs = 2 * 86_400_000;

export interface Preloaded {
  /** In the order of their submission. */
  readonly ids: readonly string[];
  readonly seconds: number;
}

/**
 * Fills a data folder with jobs of one account that have ended, through the product's own job store: each is submitted,
 * claimed, drawn and settled, with its history, ledger entries and indexes, over the four weeks before now. The service
 * must not be running.
 */
export async function preloadJobs(
  dataDir: string,
  { accountId, keyId, count }: { readonly accountId: string; readonly keyId: string; readonly count: number },
): Promise<Preloaded> {
  const start = performance.now();
  const items = openEmbeddedItems(join(dataDir, "items.db"));
  const end = Date.now() - 60_000;
  const span = jobRetentionS * 1_000 - marginMs;
  let now = end;
  const jobs = createJobStore({ items, clock: { now: () => now, sleep: async () => {} } });
  const ids: string[] = [];
  for (let first = 0; first < count; first += atOnce) {
    now = Math.floor(end - span + (span * first) / count);
    const chunk = Array.from({ length: Math.min(atOnce, count - first) }, (_, i) =>
      endedJob(first + i, now + i, accountId, keyId),
    );
    await Promise.all(chunk.map((job, i) => endJob(jobs, job, first + i)));
    ids.push(...chunk.map(({ id }) => id));
  }
  // Histories older than two days are gone in a service that has been running.
  await items.sweepExpired();
  await items.close();
  return { ids, seconds: (performance.now() - start) / 1_000 };
}

function endedJob(index: number, at: number, accountId: string, keyId: string): Job {
  return {
    id: `job_${ulid(at)}`,
    accountId,
    keyId,
    status: "queued",
    params: {
      model: "zimage-tiny",
      prompt: `a red fox in fresh snow at dawn, number ${index}`,
      width: 256,
      height: 256,
      n: 1,
      seed: index,
      steps: 8,
      guidance: 0,
      cfgNormalization: false,
      cfgTruncation: 1,
      format: "png",
    },
    metadata: { project: `p${index % 40}` },
    lane: index % 4 === 0 ? "batch" : "interactive",
    price: { amount: 11, currency: "USD", rate: 20, lane: "interactive", effectiveFrom: "2026-11-01T00:00:00Z" },
    createdAt: at,
    attempt: 0,
    failures: 0,
    images: [],
    warnings: [],
  };
}

/** Nine of ten succeed; the others fail or are cancelled. */
async function endJob(jobs: JobStore, job: Job, index: number): Promise<void> {
  await jobs.submit({ job, terms: { unlimited: true } });
  if (index % 20 === 19) {
    await jobs.requestCancel(job.id);
    return;
  }
  const claim = await jobs.claim(job.id, "preload");
  if (claim.outcome !== "claimed") throw new Error(`${job.id} could not be claimed: ${claim.outcome}`);
  if (index % 20 === 9) {
    await jobs.fail(claim.job, { code: "flat_output", message: "one colour, twice", retryable: false });
    return;
  }
  const { width, height, seed, format } = job.params;
  const sha256 = index.toString(16).padStart(64, "0");
  const image = { index: 0, key: `o/${job.id}/0-${sha256}.png`, bytes: 60_000, sha256 };
  await jobs.succeed(claim.job, {
    images: [{ ...image, width, height, seed, format }],
    warnings: [],
    inferenceMs: 900,
  });
}
