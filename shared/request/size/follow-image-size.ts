import { type CatalogModel, findModel } from "../../model-catalog/model-catalog.ts";
import { sizeWarnings } from "../../model-catalog/model-warnings.ts";
import { InvalidRequestError } from "../field-errors.ts";
import type { ImageSubmission } from "../parse-image-request.ts";
import { refineProblem } from "./image-size.ts";
import { largestToFollow, sizeToDraw } from "./size-to-draw.ts";

/**
 * The submission with the size of the image that it starts from, as near as that can be drawn. For one that names a
 * size it changes nothing.
 * @param image - pixels, as shown
 * @throws InvalidRequestError when that size does not go with the rest of the request
 */
export function followImageSize(
  submission: ImageSubmission,
  image: { readonly width: number; readonly height: number },
  models: readonly CatalogModel[],
): ImageSubmission {
  const model = findModel(models, submission.params.model);
  if (!submission.followsImageSize || model === undefined) return submission;
  const { defaultWidth, defaultHeight, limits } = model;
  const most = Math.min(limits.maxPixels, largestToFollow(defaultWidth, defaultHeight));
  const size = sizeToDraw(image, most, limits.maxSide);
  const problem = refineProblem(submission.params.upscale, size, limits);
  if (problem !== undefined) throw new InvalidRequestError([problem]);
  const warnings = submission.warnings.filter(({ param }) => param !== "size");
  return {
    ...submission,
    followsImageSize: false,
    params: { ...submission.params, ...size },
    warnings: [...warnings, ...sizeWarnings(size, model)],
  };
}
