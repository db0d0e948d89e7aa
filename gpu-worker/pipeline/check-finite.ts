import { PipelineError } from "../../shared/errors.ts";
import type { Tensor } from "../tensor.ts";

/** @throws PipelineError `non_finite_output`: a black or random image must never pass for a result */
export function checkFinite(value: Tensor, what: string): void {
  if (value.data.every(Number.isFinite)) return;
  throw new PipelineError(
    "non_finite_output",
    `${what} hold NaN or infinity; the weights are damaged or the precision overflows (use bfloat16 or float32)`,
  );
}
