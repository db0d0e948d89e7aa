import { createHash } from "node:crypto";
import sharp from "sharp";
import { PipelineError } from "../../../shared/errors.ts";
import { contentTypes, type Job, type JobImage } from "../../../shared/job.ts";
import { parseJobMessage } from "../../../shared/jobs/job-message.ts";
import type { JobStore } from "../../../shared/jobs/job-store.ts";
import { imageKey } from "../../../shared/jobs/kept-images.ts";
import type { Objects } from "../../../shared/ports/objects.ts";
import type { Queue } from "../../../shared/ports/queue.ts";
import { seedOfImage } from "../../../shared/request/seed.ts";
import type { Warning } from "../../../shared/warnings/warning.ts";
import type { Activity } from "../activity.ts";

export interface FakeWorkerDependencies {
  readonly queue: Queue;
  readonly jobs: JobStore;
  readonly objects: Objects;
  /** Hears of each message that is sent; the worker tells it of each job that it ended. */
  readonly activity: Activity;
  /** Called once a job is claimed: hold it back, or throw to fail it. */
  readonly beforeDrawing?: (job: Job) => Promise<void>;
}

/** Works like the real one as far as the API can see, with plain coloured images of the right size. */
export class FakeWorker {
  readonly drawn: Job[] = [];
  readonly #dependencies: FakeWorkerDependencies;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(dependencies: FakeWorkerDependencies) {
    this.#dependencies = dependencies;
  }

  start(): void {
    this.#running = this.#loop();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#dependencies.activity.tell();
    await this.#running;
  }

  async #loop(): Promise<void> {
    await this.#dependencies.activity.until(async () => {
      while (!this.#stopped && (await this.workOnce()));
      return this.#stopped || undefined;
    });
  }

  /** @returns whether there was a message */
  async workOnce(): Promise<boolean> {
    const { queue, jobs, activity, beforeDrawing } = this.#dependencies;
    const [message] = await queue.receive({ visibilityMs: 3_600_000 });
    if (message === undefined) return false;
    const parsed = parseJobMessage(message.body);
    if ("problem" in parsed) throw new Error(parsed.problem);
    const claim = await jobs.claim(parsed.jobId, "fake");
    if (claim.outcome === "claimed") {
      try {
        await beforeDrawing?.(claim.job);
        await jobs.succeed(claim.job, await this.#draw(claim.job));
        this.drawn.push(claim.job);
      } catch (error) {
        const code = error instanceof PipelineError ? error.code : "engine_failed";
        await jobs.fail(claim.job, { code, message: (error as Error).message, retryable: false });
      }
    }
    await queue.delete(message.receipt);
    activity.tell();
    return true;
  }

  async #draw(job: Job): Promise<{ images: JobImage[]; warnings: Warning[]; inferenceMs: number }> {
    const { jobs, objects } = this.#dependencies;
    const { params } = job;
    const total = params.n * params.steps;
    const images: JobImage[] = [];
    for (let index = 0; index < params.n; index++) {
      for (let step = 1; step <= params.steps; step++) {
        const previewKey = `p/${job.id}/${index}-${step}.${params.format}`;
        const preview = await image(64, 64, params.format, step);
        await objects.put(previewKey, preview, { contentType: contentTypes[params.format] });
        const data = { image: index, step, total: params.steps, preview_key: previewKey };
        await jobs.progress(job, { type: "step", data }, { step: index * params.steps + step, total });
      }
      const seed = seedOfImage(params.seed, index);
      const bytes = await image(params.width, params.height, params.format, seed);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      const key = imageKey(job, { index, sha256, format: params.format });
      await objects.put(key, bytes, { contentType: contentTypes[params.format] });
      const { width, height, format } = params;
      images.push({ index, key, width, height, format, bytes: bytes.length, sha256, seed });
      await jobs.progress(job, { type: "image", data: { index, key } }, { step: (index + 1) * params.steps, total });
    }
    return { images, warnings: [], inferenceMs: 12 };
  }
}

/** One colour, chosen by `seed`. */
function image(width: number, height: number, format: Job["params"]["format"], seed: number): Promise<Buffer> {
  const background = { r: seed & 255, g: (seed >> 8) & 255, b: (seed >> 16) & 255 };
  return sharp({ create: { width, height, channels: 3, background } })
    .toFormat(format)
    .toBuffer();
}
