import type { ImageParams } from "../job.ts";
import { type DrawnParams, pixelCalls } from "../request/drawing-passes.ts";

/** Work of a job in hundredths of a megapixel and network call, whole: what estimates are measured in. */
export function workOf(params: DrawnParams & Pick<ImageParams, "n">): number {
  return Math.ceil((params.n * pixelCalls(params)) / 10_000);
}
