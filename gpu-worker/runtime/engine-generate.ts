import { CanceledError } from "../../shared/errors.ts";
import type { EngineEvent, GenerateParams } from "../engine.ts";
import { toRgbImage } from "../pipeline/decode-latents.ts";
import { encodeImage } from "../pipeline/encode-image.ts";
import type { ImagePipeline } from "../pipeline/generate-image.ts";
import { previewImage } from "../pipeline/preview.ts";

/**
 * One picture, as the engine's events. Runs inside the engine's thread.
 * @param isCanceled - asked before every step and before the decoding
 * @throws CanceledError once `isCanceled` says so
 */
export async function* engineGenerate(
  pipeline: ImagePipeline,
  params: GenerateParams,
  isCanceled: () => boolean,
): AsyncGenerator<EngineEvent, void> {
  const { width, height, seed, format } = params;
  const stages = pipeline.generate({
    prompt: params.prompt,
    ...(params.negativePrompt !== undefined && { negativePrompt: params.negativePrompt }),
    width,
    height,
    numInferenceSteps: params.steps,
    guidance: {
      scale: params.guidance,
      normalization: params.cfgNormalization ? 1 : 0,
      truncation: params.cfgTruncation,
    },
    seed,
    ...(params.latents && { latents: [params.latents] }),
  });
  const timings = { encodeMs: 0, denoiseMs: 0, decodeMs: 0, imageMs: 0 };
  const timingOf = { encoded: "encodeMs", step: "denoiseMs", decoded: "decodeMs" } as const;
  const throwIfCanceled = () => {
    if (isCanceled()) throw new CanceledError();
  };

  throwIfCanceled();
  // Timed from one request for a stage to its arrival, so that previews and a slow consumer do not count.
  let startedAt = performance.now();
  for await (const stage of stages) {
    timings[timingOf[stage.type]] += performance.now() - startedAt;
    if (stage.type === "encoded") {
      const { tokens } = stage.prompts.positive[0]!;
      yield { type: "encoded", promptTokens: tokens.tokenCount, truncated: tokens.truncated };
    } else if (stage.type === "step") {
      const { step, total } = stage.step;
      const preview = params.preview ? { preview: await previewImage(pipeline.components.vae, stage.step, 0) } : {};
      yield { type: "step", step, total, ...preview };
    } else {
      startedAt = performance.now();
      const bytes = await encodeImage(toRgbImage(stage.images[0]!), format, params.quality);
      timings.imageMs = performance.now() - startedAt;
      yield { type: "image", image: { bytes, format, width, height, seed, timings } };
      return;
    }
    throwIfCanceled();
    startedAt = performance.now();
  }
}
