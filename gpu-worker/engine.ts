import type { ImageFormat } from "../shared/job.ts";

/** What the worker, the CLI and the benchmarks drive: one loaded model that draws one picture at a time. */

export interface ModelInfo {
  /** Canonical id: `z-image-turbo`, `z-image`, or the folder's name for other checkpoints. */
  readonly id: string;
  readonly family: "turbo" | "base";
  /** True for the random tiny checkpoint: pictures are noise and the product says so. */
  readonly random: boolean;
  readonly defaultSteps: number;
  readonly defaultGuidance: number;
  /** Sides in pixels of a picture when nobody says otherwise: what the model was trained for. */
  readonly defaultSide: number;
  readonly transformerParameters: number;
}

export interface GenerateParams {
  readonly prompt: string;
  readonly negativePrompt?: string;
  readonly width: number;
  readonly height: number;
  readonly steps: number;
  readonly guidance: number;
  readonly cfgNormalization: boolean;
  readonly cfgTruncation: number;
  readonly seed: number;
  /** Float32 `[16, height/8, width/8]`, in place of seeded noise. */
  readonly latents?: Float32Array;
  readonly format: ImageFormat;
  readonly quality?: number;
  /** Make a small JPEG of the predicted picture after each step. */
  readonly preview: boolean;
}

export type EngineEvent =
  | { readonly type: "encoded"; readonly promptTokens: number; readonly truncated: boolean }
  | {
      readonly type: "step";
      /** 1..total, after the step ran. */
      readonly step: number;
      readonly total: number;
      /** JPEG, longest side at most 128. */
      readonly preview?: Uint8Array;
    }
  | { readonly type: "image"; readonly image: GeneratedImage };

export interface GeneratedImage {
  readonly bytes: Uint8Array;
  readonly format: ImageFormat;
  readonly width: number;
  readonly height: number;
  readonly seed: number;
  readonly timings: {
    readonly encodeMs: number;
    readonly denoiseMs: number;
    readonly decodeMs: number;
    readonly imageMs: number;
  };
}

/** How the model is run on this machine. */
export interface EngineSetup {
  readonly device: "cpu" | "cuda" | "webgpu";
  /** `ffi` is ONNX Runtime's C API, `node` its Node binding. */
  readonly runtime: "ffi" | "node";
  /** What is kept in memory, and why, in one sentence. */
  readonly plan: string;
}

export interface Engine {
  readonly model: ModelInfo;
  /** Absent for engines that are no networks, as in tests. */
  readonly setup?: EngineSetup;
  /**
   * Yields `encoded`, one `step` per step, then `image`. Runs off the calling thread. Aborting `signal` stops between two operators (with the Node binding: before the next step) and throws CanceledError;
   * the engine stays usable. Calls are served one after another.
   * @throws PipelineError (`retryable` where another try or another worker may succeed)
   */
  generate(params: GenerateParams, options?: { readonly signal?: AbortSignal }): AsyncGenerator<EngineEvent, void>;
  /** Waits for a running step, then frees the model. */
  close(): Promise<void>;
}
