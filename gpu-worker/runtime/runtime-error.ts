import { PipelineError } from "../../shared/errors.ts";
import { deviceCode } from "./device-code.ts";

/** What went wrong where the device is not to blame. */
export type RuntimeFailure = "session_failed" | "run_failed";

/**
 * A failure of ONNX Runtime, through whichever binding. Its own message names the node, which is named after the
 * checkpoint; it is kept. Where it says that the device is gone or broken, another worker may do what this one cannot.
 */
export function runtimeError(code: RuntimeFailure, cause: unknown): PipelineError {
  const { message } = cause as Error;
  const device = deviceCode(message);
  const retryable = device !== undefined;
  return new PipelineError(device ?? code, `ONNX Runtime: ${message}`, { cause, retryable });
}
