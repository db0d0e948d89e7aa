import type { MaskMode } from "../shared/image-files/mask-rules.ts";
import type { ControlSettings, ImageChecks, ImageFormat } from "../shared/job.ts";
import type { ModelLimits } from "../shared/model-catalog/model-catalog.ts";
import type { ModelFacts } from "../shared/model-catalog/model-facts.ts";
import type { PassedParams } from "../shared/request/passed-fields.ts";
import type { Warning } from "../shared/warnings/warning.ts";
import type { ImageOrigin } from "./provenance/image-texts.ts";
import type { LoraFile } from "./weights/lora/lora.ts";

/** What the worker, the CLI and the benchmarks drive: one loaded model that draws one image at a time. */

export interface ModelInfo {
  /** Canonical id: `z-image-turbo`, `z-image`, or the folder's name for other checkpoints. */
  readonly id: string;
  /** `turbo` is drawn without guidance, `base` with: which names of the released models it answers to. */
  readonly family: "turbo" | "base";
  /** True for the random tiny checkpoint: images are noise and the product says so. */
  readonly random: boolean;
  readonly defaultSteps: number;
  readonly defaultGuidance: number;
  /** Sides in pixels of an image when nobody says otherwise: what the model was trained for. */
  readonly defaultSide: number;
  readonly transformerParameters: number;
  /** What the checkpoint can do beside what its family can: `references` for the Omni architecture. @default nothing */
  readonly capabilities?: readonly string[];
  /** What the checkpoint allows, where it differs from the released ones. */
  readonly limits?: Partial<ModelLimits>;
  /** What its folder says of itself. @default nothing */
  readonly facts?: ModelFacts;
  /** What was assumed or chosen when the parts of the checkpoint were found, in sentences for people. */
  readonly notes?: readonly string[];
}

/** Fields that only the pipeline reads come from the request's schema. */
export interface GenerateParams extends PassedParams {
  readonly width: number;
  readonly height: number;
  readonly steps: number;
  readonly guidance: number;
  readonly seed: number;
  /** Float32 `[16, height/8, width/8]`, in place of seeded noise. */
  readonly latents?: Float32Array;
  readonly format: ImageFormat;
  readonly quality?: number;
  /** What the file says of where it comes from. @default nothing */
  readonly origin?: ImageOrigin;
  /** An image file to start from. */
  readonly image?: Uint8Array;
  /** Above 0 to 1: how far from the image. @default 0.6, with a mask 1 */
  readonly strength?: number;
  /** An image file that says which part of `image` is drawn anew. */
  readonly mask?: Uint8Array;
  /** @default "white" */
  readonly maskMode?: MaskMode;
  /** Image files that the prompt speaks of; only for the Omni architecture. */
  readonly references?: readonly Uint8Array[];
  /** Files on this machine. */
  readonly loras?: readonly LoraFile[];
  readonly controlNet?: { readonly path: string; readonly image: Uint8Array } & ControlSettings;
  /** Make a small image of the predicted one after each step, in `format`. */
  readonly preview: boolean;
}

export type EngineEvent =
  | {
      readonly type: "encoded";
      readonly promptTokens: number;
      /** Tokens that were read: fewer than the prompt has where it is longer than the model reads. */
      readonly readTokens: number;
    }
  | {
      readonly type: "step";
      /** 1..total, after the step ran. */
      readonly step: number;
      readonly total: number;
      /** In the format of the image; longest side at most 128. */
      readonly preview?: Uint8Array;
    }
  /** Something that the caller should know of this image, or of every image of its request. */
  | { readonly type: "warning"; readonly warning: Warning; readonly of?: "request" }
  | { readonly type: "image"; readonly image: GeneratedImage };

export interface GeneratedImage {
  readonly bytes: Uint8Array;
  readonly format: ImageFormat;
  readonly width: number;
  readonly height: number;
  readonly seed: number;
  readonly checks?: ImageChecks;
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
   * Yields `encoded`, one `step` per step, then `image`; `warning` may come at any time. Runs off the calling thread.
   * Aborting `signal` stops between two operators (with the Node binding: before the next step) and throws
   * CanceledError; the engine stays usable. Calls are served one after another.
   * @throws PipelineError (`retryable` where another try or another worker may succeed)
   */
  generate(params: GenerateParams, options?: { readonly signal?: AbortSignal }): AsyncGenerator<EngineEvent, void>;
  /** Waits for a running step, then frees the model. */
  close(): Promise<void>;
}
