import type { FieldError } from "./field-errors.ts";
import type { ImageRequest } from "./image-request.ts";
import { drawsNothing } from "./product-rules.ts";

/** Fields that have no place in an image of which nothing is drawn. */
const drawingFields = ["strength", "upscale", "references", "controlnet", "loras", "latents", "sigmas"] as const;

/** What contradicts `product` and `crop`. */
export function productProblems(request: ImageRequest): FieldError[] {
  const problems: FieldError[] = [];
  const refuse = (param: string, message: string) => problems.push({ param, code: "invalid_value", message });
  for (const field of ["product", "crop"] as const) {
    if (request[field] !== undefined && request.image === undefined) {
      refuse(field, `${field} needs image, the photo, which is missing; give both`);
    }
  }
  if (request.product !== undefined && request.crop !== undefined) {
    refuse("crop", "crop takes a part of the photo and product places the whole product; give one of them");
  }
  if (request.crop !== undefined && request.mask !== undefined) {
    refuse("mask", "crop draws nothing, so that mask has no meaning; leave one of them out");
  }
  if (drawsNothing(request)) {
    const why = request.crop !== undefined ? "crop" : "product.background white";
    for (const field of drawingFields) {
      if (request[field] === undefined || request[field] === "none") continue;
      refuse(field, `${field} has no meaning with ${why}, which draws nothing; leave it out`);
    }
    if ((request.n ?? 1) > 1) refuse("n", `n must be 1 with ${why}: without drawing all images would be the same`);
  } else if (request.product !== undefined && request.strength !== undefined) {
    refuse("strength", "strength has no meaning with product: all but the product is drawn anew; leave it out");
  }
  return problems;
}
