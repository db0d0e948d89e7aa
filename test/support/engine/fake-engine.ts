import type { Engine, EngineEvent, GenerateParams, ModelInfo } from "../../../gpu-worker/engine.ts";
import { CanceledError } from "../../../shared/errors.ts";

export const fakeModel: ModelInfo = {
  id: "z-image-turbo",
  family: "turbo",
  random: true,
  defaultSteps: 8,
  defaultGuidance: 0,
  defaultSide: 256,
  transformerParameters: 1,
};

export interface FakeEngineOptions {
  /** Runs before each step; may throw, or wait, for example until `signal` aborts. */
  readonly beforeStep?: (params: GenerateParams, step: number, signal?: AbortSignal) => Promise<void> | void;
  readonly truncated?: boolean;
}

/** An engine whose images are the text of their parameters: same seed, same bytes, and no time at all. */
export function createFakeEngine({ beforeStep, truncated = false }: FakeEngineOptions = {}): Engine & {
  readonly seen: GenerateParams[];
} {
  const seen: GenerateParams[] = [];
  return {
    model: fakeModel,
    seen,
    async *generate(params, { signal } = {}): AsyncGenerator<EngineEvent, void> {
      seen.push(params);
      yield { type: "encoded", promptTokens: truncated ? 600 : 10, readTokens: truncated ? 512 : 10 };
      for (let step = 1; step <= params.steps; step++) {
        await beforeStep?.(params, step, signal);
        if (signal?.aborted) throw new CanceledError();
        const preview = params.preview ? { preview: new Uint8Array([step]) } : {};
        yield { type: "step", step, total: params.steps, ...preview };
      }
      const { width, height, seed, format, prompt } = params;
      const bytes = new TextEncoder().encode(JSON.stringify({ prompt, seed, width, height }));
      const timings = { encodeMs: 0, denoiseMs: 0, decodeMs: 0, imageMs: 0 };
      yield { type: "image", image: { bytes, format, width, height, seed, timings } };
    },
    async close() {},
  };
}
