import { PipelineError } from "../../shared/errors.ts";
import { minSide } from "../../shared/limits.ts";
import type { Engine } from "../engine.ts";

/**
 * Draw one image of the smallest size, in one step. What loading cannot tell, a library that is only opened by the
 * first convolution or a kernel that the device lacks, is then known before a job is taken, and not in somebody's job.
 * @throws PipelineError with the code of what went wrong
 */
export async function drawFirstImage(engine: Engine, signal?: AbortSignal): Promise<void> {
  const params = {
    prompt: "a red fox in the snow",
    width: minSide,
    height: minSide,
    steps: 1,
    guidance: 0,
    cfgNormalization: false,
    cfgTruncation: 1,
    seed: 0,
    format: "png",
    preview: false,
  } as const;
  try {
    for await (const event of engine.generate(params, { signal })) if (event.type === "image") return;
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    // It was drawn, and nobody was to see it.
    if (error.code === "content_policy") return;
    const { code, retryable } = error;
    const advice = "npm run doctor tells what this machine can run";
    throw new PipelineError(code, `the first image could not be drawn: ${error.message}; ${advice}`, {
      cause: error,
      retryable,
    });
  }
  throw new PipelineError("engine_failed", "the engine ended its first image without one");
}
