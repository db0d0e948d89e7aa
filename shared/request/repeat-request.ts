import type { ImageParams } from "../job.ts";
import { passedRequest } from "./passed-request.ts";

/**
 * The fields of `POST /v1/jobs` that draw an image of these parameters again, all but its seed and the files that it
 * was drawn from: those are nobody's who only has the image.
 */
export function repeatRequest(params: ImageParams): { readonly [field: string]: unknown } {
  const { model, width, height, steps, guidance, strength, maskMode, loras, format, quality } = params;
  return {
    model,
    ...passedRequest(params),
    size: `${width}x${height}`,
    steps: params.sigmas === undefined ? steps : undefined,
    guidance,
    strength,
    mask_mode: maskMode,
    loras: loras?.map(({ id, scale }) => ({ id, scale })),
    output: { format, quality },
  };
}
