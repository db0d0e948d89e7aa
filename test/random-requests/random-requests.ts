import { ulid } from "ulid";
import { loadEngine } from "../../gpu-worker/engine/engine-client.ts";
import type { Engine } from "../../gpu-worker/engine.ts";
import { consumeJobs } from "../../gpu-worker/jobs/consume-jobs.ts";
import { readModelInfo } from "../../gpu-worker/weights/folder/model-folder.ts";
import { defaultModel } from "../../models/default-model.ts";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { openEmbeddedQueue } from "../../shared/embedded/queue.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import { jobMessage } from "../../shared/jobs/job-message.ts";
import { randomSeeds } from "../../shared/limits.ts";
import { catalogModel, type ModelLimits } from "../../shared/model-catalog/model-catalog.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import type { ImageRequest } from "../../shared/request/image-request.ts";
import { parseImageRequest } from "../../shared/request/parse-image-request.ts";
import { samplerNames } from "../../shared/request/samplers.ts";
import { sampleJob } from "../support/api/sample-job.ts";
import { createMemoryObjects } from "../support/memory-objects.ts";
import { seededRandom } from "../support/seeded-random.ts";

export interface RandomRequestsReport {
  readonly succeeded: number;
  /** Code and message of every job that failed, with its request. */
  readonly failed: readonly string[];
  /** Why the worker ended before it was told to; absent when it did not. */
  readonly broken: string | undefined;
}

export interface RandomRequestsOptions {
  readonly count: number;
  readonly seed: number;
  /** Index of the first request. Request N of a seed is the same whichever is the first. @default 0 */
  readonly from?: number;
  /** Told after every request. */
  readonly onRequest?: (report: RandomRequestsReport & { readonly next: number }) => void;
}

/**
 * Random requests within the published limits, each through the API's rules and a worker with zimage-tiny, one after
 * another in one process. Most are small, so that there can be many; every fiftieth has any size that is allowed, and
 * one in ten a prompt of any length.
 */
export async function runRandomRequests(options: RandomRequestsOptions): Promise<RandomRequestsReport> {
  const { count, seed, from = 0, onRequest } = options;
  const model = catalogModel(await readModelInfo(defaultModel.dir, { modelId: defaultModel.id }));
  const worker = await startWorker();
  const { jobs, queue } = worker;
  let succeeded = 0;
  const failed: string[] = [];
  try {
    for (let index = from; index < from + count && worker.broken() === undefined; index++) {
      const random = seededRandom(seed + Math.imul(index, 0x9e3779b1));
      const request = randomRequest(random, model.limits, index % 50 === 0);
      const { params } = parseImageRequest(request, {
        models: [model],
        newSeed: () => Math.floor(random() * randomSeeds),
      });
      const { job } = await jobs.submit({ job: sampleJob(ulid(), Date.now(), { params }) });
      await queue.send(jobMessage(job.id));
      let ended = await jobs.get(job.id);
      while (ended?.finishedAt === undefined && worker.broken() === undefined) {
        await systemClock.sleep(2);
        ended = await jobs.get(job.id);
      }
      if (ended?.status === "succeeded") succeeded++;
      else {
        const asked = JSON.stringify(request).slice(0, 300);
        failed.push(`${ended?.error?.code}: ${ended?.error?.message} for request ${index}, ${asked}`);
      }
      onRequest?.({ succeeded, failed, broken: worker.broken(), next: index + 1 });
    }
  } finally {
    await worker.stop();
  }
  return { succeeded, failed, broken: worker.broken() };
}

async function startWorker() {
  // One thread each: networks as small as these are no faster on two.
  const options = { modelDir: defaultModel.dir, modelId: defaultModel.id, runtime: "node", threads: 1 } as const;
  const engine: Engine = await loadEngine(options);
  const items = openEmbeddedItems(":memory:");
  const queue = openEmbeddedQueue(":memory:", "jobs");
  const objects = createMemoryObjects({ clock: systemClock });
  const jobs = createJobStore({ items });
  const stop = new AbortController();
  let broken: string | undefined;
  const ended = consumeJobs(
    {
      queue,
      jobs,
      objects,
      engine,
      clock: systemClock,
      log: () => {},
      workerId: "w1",
      previews: false,
      leaseMs: 600_000,
      heartbeatMs: 150_000,
      lookMs: 5,
      graceMs: 1_000,
    },
    { stop: stop.signal, hurry: stop.signal },
  ).catch((error: unknown) => {
    broken = String((error as Error).cause ?? error);
  });
  return {
    jobs,
    queue,
    /** Why the worker ended before it was told to. */
    broken: () => broken,
    stop: async () => {
      stop.abort();
      await ended;
      await engine.close();
      await Promise.all([items.close(), queue.close()]);
    },
  };
}

type Random = () => number;

const alphabets = [
  () => "abcdefghijklmnopqrstuvwxyz     ",
  () => "一只戴着红帽子的企鹅在雪地里",
  () => "🦊🌲❄️👩‍🚀🏳️‍🌈é\u0301ñ\u200b\u202e",
  () => "<|im_start|><|im_end|>{}[]()\\\"'\n\t%$#@!~`",
];

function randomText(random: Random, most: number): string {
  const letters = [...pick(random, alphabets)()];
  // The long ones are past what any model reads.
  const length = 1 + Math.floor(random() * (random() < 0.1 ? most : 200));
  return Array.from({ length }, () => pick(random, letters))
    .join("")
    .slice(0, most);
}

function randomRequest(
  random: Random,
  limits: ModelLimits,
  isAnySize: boolean,
): Partial<ImageRequest> & { prompt: string } {
  const chance = (share: number) => random() < share;
  const largest = isAnySize ? limits.maxSide : 144;
  const side = () => limits.minSide + 16 * Math.floor((random() * (largest - limits.minSide + 16)) / 16);
  const width = side();
  const height = Math.min(largest, 4 * width, Math.max(side(), Math.ceil(width / 64) * 16, limits.minSide));
  const upscale = chance(0.1)
    ? "lanczos"
    : chance(0.1) && 2 * Math.max(width, height) <= largest
      ? "refine"
      : undefined;
  return {
    prompt: randomText(random, limits.maxPromptCharacters),
    negative_prompt: chance(0.3) ? randomText(random, limits.maxPromptCharacters) : undefined,
    width,
    height,
    n: chance(0.05) ? 2 : undefined,
    seed: chance(0.5) ? Math.floor(random() * 2 ** 53) : chance(0.2) ? -1 : undefined,
    steps: chance(0.3) ? 2 : 1,
    guidance: chance(0.3) ? Math.round(random() * 200) / 10 : undefined,
    cfg_normalization: chance(0.3),
    cfg_truncation: chance(0.3) ? random() : 1,
    sampler: chance(0.5) ? pick(random, samplerNames) : undefined,
    shift: chance(0.3) ? 0.1 + random() * 12 : undefined,
    upscale,
    output: chance(0.3) ? { format: pick(random, ["png", "jpeg", "webp"] as const), quality: undefined } : undefined,
  };
}

function pick<T>(random: Random, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)]!;
}
