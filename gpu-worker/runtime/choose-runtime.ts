import { PipelineError } from "../../shared/errors.ts";
import { createFfiRuntime, type FfiRuntimeOptions } from "./ffi/ffi-runtime.ts";
import { createNodeRuntime, type OnnxRuntime } from "./onnx-session.ts";

/**
 * `ffi`: the C API, which stops in the middle of a run, limits memory and takes every option of the GPU. `node`: the
 * Node binding, which blocks its thread and stops between runs. `auto`: `ffi` where it can be loaded.
 */
export const runtimeChoices = ["auto", "ffi", "node"] as const;
export type RuntimeChoice = (typeof runtimeChoices)[number];

export interface ChosenRuntime {
  readonly name: "ffi" | "node";
  readonly runtime: OnnxRuntime;
  /** Why not the C API, when that was not asked for. */
  readonly reason?: string;
}

/** @throws PipelineError `runtime_missing` when the C API is asked for by name and cannot be loaded */
export function chooseRuntime(choice: RuntimeChoice, options: FfiRuntimeOptions = {}): ChosenRuntime {
  const { device = "cpu", threads } = options;
  const node = (): OnnxRuntime => {
    if (device === "webgpu") throw new PipelineError("runtime_missing", "WebGPU is run through the C API; use ffi");
    return createNodeRuntime({ device, threads });
  };
  if (choice === "node") return { name: "node", runtime: node() };
  try {
    return { name: "ffi", runtime: createFfiRuntime(options) };
  } catch (error) {
    const isMissing = error instanceof PipelineError && error.code === "runtime_missing";
    if (choice === "ffi" || !isMissing) throw error;
    return { name: "node", runtime: node(), reason: error.message };
  }
}
