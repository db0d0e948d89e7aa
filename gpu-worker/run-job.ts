import { createHash } from "node:crypto";
import { PipelineError } from "../shared/errors.ts";
import { contentTypes, type Job, type JobEvent, type JobImage } from "../shared/job.ts";
import { maxSeed, maxSequenceLength } from "../shared/limits.ts";
import type { Objects } from "../shared/objects.ts";
import type { Engine, GeneratedImage, GenerateParams } from "./engine.ts";

export interface RunJobDependencies {
  readonly engine: Engine;
  readonly objects: Objects;
  readonly newId: () => string;
  readonly previews: boolean;
}

export interface JobResult {
  readonly images: readonly JobImage[];
  readonly warnings: readonly string[];
  /** Time in the engine, all pictures together. */
  readonly inferenceMs: number;
}

/** Something worth telling; `step` and `total` count the steps of all pictures. */
export interface JobProgress {
  readonly event: Pick<JobEvent, "type" | "data">;
  readonly step: number;
  readonly total: number;
  /** JPEG of the picture so far. */
  readonly preview?: Uint8Array;
}

/**
 * One job, from its parameters to stored pictures: each is drawn with its own seed and stored before it is reported, so
 * that whoever settles the job names only objects that exist. Keys are deterministic: an attempt that is repeated
 * writes the same bytes to the same keys.
 *
 * @param report - called after every step and every stored picture; the next step is taken up when it resolves
 * @param signal - stops before the next step
 * @throws CanceledError when `signal` aborted
 * @throws PipelineError from the engine, or `latents_missing`
 */
export async function runJob(
  { id, params }: Job,
  { engine, objects, newId, previews }: RunJobDependencies,
  report: (progress: JobProgress) => Promise<void>,
  signal: AbortSignal,
): Promise<JobResult> {
  const latents = params.latentsKey === undefined ? undefined : await readLatents(objects, params.latentsKey);
  const total = params.n * params.steps;
  const images: JobImage[] = [];
  const warnings: string[] = [];
  const started = performance.now();
  for (let index = 0; index < params.n; index++) {
    const request: GenerateParams = {
      ...params,
      seed: (params.seed + index) % (maxSeed + 1),
      preview: previews,
      ...(latents && { latents }),
    };
    for await (const event of engine.generate(request, { signal })) {
      if (event.type === "encoded") {
        if (event.truncated && index === 0) warnings.push(truncationWarning(event.promptTokens));
      } else if (event.type === "step") {
        const data = { image: index, step: event.step, total: event.total };
        const step = index * params.steps + event.step;
        await report({ event: { type: "step", data }, step, total, ...(event.preview && { preview: event.preview }) });
      } else {
        const image = await storeImage(id, index, event.image);
        images.push(image);
        const data = { index, key: image.key, width: image.width, height: image.height, seed: image.seed };
        await report({ event: { type: "image", data }, step: (index + 1) * params.steps, total });
      }
    }
  }
  return { images, warnings, inferenceMs: Math.round(performance.now() - started) };

  async function storeImage(jobId: string, index: number, image: GeneratedImage): Promise<JobImage> {
    const { bytes, format, width, height, seed } = image;
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const key = `o/${jobId}/${index}-${sha256}.${format}`;
    await objects.put(key, bytes, { contentType: contentTypes[format] });
    return { id: `img_${newId()}`, index, key, width, height, format, bytes: bytes.byteLength, sha256, seed };
  }
}

async function readLatents(objects: Objects, key: string): Promise<Float32Array> {
  const stored = await objects.get(key);
  if (!stored) {
    throw new PipelineError(
      "latents_missing",
      `the latents of this job (${key}) are no longer stored; submit them again`,
    );
  }
  // A copy: the store's bytes may start at any offset, float32 needs multiples of four.
  const bytes = stored.body.slice();
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / Float32Array.BYTES_PER_ELEMENT);
}

function truncationWarning(promptTokens: number): string {
  return `the prompt has ${promptTokens} tokens and was cut to the ${maxSequenceLength} that the model reads; shorten it`;
}
