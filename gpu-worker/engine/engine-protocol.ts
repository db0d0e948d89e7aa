import {
  CanceledError,
  ConflictError,
  InvalidFileError,
  InvalidInputError,
  NotFoundError,
  PipelineError,
} from "../../shared/errors.ts";
import type { EngineEvent, EngineSetup, GenerateParams, ModelInfo } from "../engine.ts";
import type { RuntimeChoice } from "../runtime/choose-runtime.ts";
import { isOutOfMemory } from "../runtime/out-of-memory.ts";
import type { ModelParts } from "../weights/folder/named-parts.ts";
import type { LoraFile } from "../weights/lora/lora.ts";
import type { PrecisionChoice } from "./choose-layout.ts";
import type { MarkCorner } from "./finish/visible-mark.ts";
import type { Residency } from "./memory-plan.ts";

export interface LoadEngineOptions {
  /** Checkpoint folder in the Hugging Face layout. */
  readonly modelDir: string;
  /** In place of the id derived from the checkpoint. */
  readonly modelId?: string;
  /** Parts of the checkpoint, in place of those that would be found. */
  readonly parts?: ModelParts;
  /** Whether the weights are random. @default true for the reference's test checkpoints alone */
  readonly random?: boolean;
  /** CPU threads of one network run. @default as many as cores */
  readonly threads?: number;
  /** @default "auto" */
  readonly runtime?: RuntimeChoice;
  /** @default "cpu" */
  readonly device?: EngineSetup["device"];
  /** Memory to plan for, in bytes. @default what is free on the device */
  readonly memoryBytes?: number;
  /** In place of the planner's choice. */
  readonly residency?: Residency;
  /** What linear layers are computed in. @default "auto" */
  readonly precision?: PrecisionChoice;
  /**
   * Record the commands of a transformer step on CUDA and replay them, which saves launching each kernel. Needs the
   * `ffi` runtime.
   * @default false
   */
  readonly captureGraphs?: boolean;
  /** JSON of a classifier that looks at every image; see `image-classifier.ts`. @default none does */
  readonly classifierPath?: string;
  /** JSON of a pair of networks that mark images invisibly, and the name of this deployment. @default none do */
  readonly watermark?: { readonly path: string; readonly deployment: string };
  /** Corner in which drawn images say that they are generated. @default none */
  readonly visibleMark?: MarkCorner;
  /** Low-rank corrections for every image. */
  readonly loras?: readonly LoraFile[];
}

/** What the engine's thread is started with. */
export interface EngineThreadData extends LoadEngineOptions {
  /**
   * One Int32, 1 = stop the running image before its next step. Shared memory, because the thread reads no messages
   * while a network runs.
   */
  readonly cancelFlag: SharedArrayBuffer;
}

/** One image at a time; the client sends the next request only after `done` or `failed`. */
export type EngineRequest = { readonly type: "generate"; readonly params: GenerateParams } | { readonly type: "close" };

export type EngineReply =
  | { readonly type: "loaded"; readonly model: ModelInfo; readonly setup: EngineSetup }
  | { readonly type: "event"; readonly event: EngineEvent }
  | { readonly type: "done" }
  | { readonly type: "failed"; readonly error: ErrorRecord };

/** A PipelineError as plain data: class and own fields of an Error do not survive a message between threads. */
export interface ErrorRecord {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly param?: string;
  readonly stack?: string;
}

export function toErrorRecord(error: unknown): ErrorRecord {
  const failure = toPipelineError(error);
  const { name, code, message, retryable, param } = failure;
  const stack = failure.cause instanceof Error ? failure.cause.stack : failure.stack;
  return {
    name,
    code,
    message,
    retryable,
    param,
    stack,
  };
}

export function fromErrorRecord({ name, code, message, retryable, param, stack }: ErrorRecord): PipelineError {
  const options = { retryable, param };
  const error = construct();
  if (stack !== undefined) error.stack = stack;
  return error;

  function construct(): PipelineError {
    switch (name) {
      case "CanceledError":
        return new CanceledError(message);
      case "InvalidFileError":
        return new InvalidFileError(message);
      case "InvalidInputError":
        return new InvalidInputError(code, message, options);
      case "NotFoundError":
        return new NotFoundError(code, message, options);
      case "ConflictError":
        return new ConflictError(code, message, options);
      default:
        return new PipelineError(code, message, options);
    }
  }
}

/**
 * The engine's failures in the terms of the queue. Running out of memory, and whatever went wrong inside a run, may not
 * happen on another try or another worker. What comes from the input or the files arrives here as a PipelineError and
 * stays what it is.
 */
function toPipelineError(error: unknown): PipelineError {
  const message = error instanceof Error ? error.message : String(error);
  const options = { retryable: true, cause: error };
  if (error instanceof PipelineError && error.code === "out_of_memory") return error;
  const inRuntime = !(error instanceof PipelineError) || error.code === "session_failed" || error.code === "run_failed";
  if (!inRuntime) return error;
  if (isOutOfMemory(error)) {
    return new PipelineError("out_of_memory", `the engine ran out of memory: ${message}`, options);
  }
  // A session that cannot be made is the fault of the files or of this version, wherever it is tried.
  if (error instanceof PipelineError && error.code === "session_failed") return error;
  return new PipelineError("engine_failed", `the engine failed: ${message}`, options);
}
