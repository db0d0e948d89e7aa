import type { Upscale } from "../../job.ts";
import { maxSide as longestSide, maxAspectRatio, sizeMultiple } from "../../limits.ts";
import type { CatalogModel, ModelLimits } from "../../model-catalog/model-catalog.ts";
import type { FieldError } from "../field-errors.ts";

export interface SizeWish {
  /** `1024x768` or `auto`. */
  readonly size?: string | undefined;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /** `16:9`; keeps about the pixel count of the model's default size. */
  readonly aspect_ratio?: string | undefined;
}

export type SizeResult =
  | { readonly width: number; readonly height: number; readonly errors: readonly [] }
  | { readonly errors: readonly [FieldError, ...FieldError[]] };

/** The image size that a request asks for, by whichever of the three ways it uses. */
export function resolveSize(wish: SizeWish, model: CatalogModel): SizeResult {
  const ways = [
    wish.size !== undefined && "size",
    (wish.width !== undefined || wish.height !== undefined) && "width and height",
    wish.aspect_ratio !== undefined && "aspect_ratio",
  ].filter((way) => way !== false);
  if (ways.length > 1) {
    return refuse(wish.size === undefined ? "aspect_ratio" : "size", `give one of ${ways.join(", ")}, not several`);
  }
  if (wish.aspect_ratio !== undefined) return sizeOfRatio(wish.aspect_ratio, model);
  if (wish.size !== undefined && wish.size !== "auto") {
    const [width, height] = wish.size.split("x").map(Number) as [number, number];
    return checkSides({ width, height }, model, () => "size");
  }
  if (wish.width === undefined && wish.height === undefined) {
    return { width: model.defaultWidth, height: model.defaultHeight, errors: [] };
  }
  if (wish.width === undefined) return refuse("width", "width is required when height is given");
  if (wish.height === undefined) return refuse("height", "height is required when width is given");
  return checkSides({ width: wish.width, height: wish.height }, model, (side) => side);
}

/** Whether any size is named; `auto` names none. */
export function namesSize({ size = "auto", width, height, aspect_ratio }: SizeWish): boolean {
  return size !== "auto" || width !== undefined || height !== undefined || aspect_ratio !== undefined;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Refining draws once more at twice the sides, which must be drawable too. */
export function refineProblem(
  upscale: Upscale | undefined,
  { width, height }: Size,
  { maxPixels, maxSide }: ModelLimits,
): FieldError | undefined {
  const fits = 4 * width * height <= maxPixels && 2 * Math.max(width, height) <= maxSide;
  if (upscale !== "refine" || fits) return undefined;
  const message =
    `upscale refine draws at twice the sides, at most ${maxPixels} pixels and sides of ${maxSide} with this model; ` +
    `${width}x${height} is too large for it, try lanczos`;
  return { param: "upscale", code: "invalid_value", message };
}

function checkSides(
  { width, height }: Size,
  { id, limits }: CatalogModel,
  param: (side: "width" | "height") => string,
): SizeResult {
  const errors: FieldError[] = [];
  for (const [side, value] of [
    ["width", width],
    ["height", height],
  ] as const) {
    const problem = sideProblem(side, value, id, limits);
    if (problem !== undefined) errors.push({ param: param(side), code: "invalid_size", ...problem });
  }
  if (errors.length === 0 && width * height > limits.maxPixels) {
    const message = `${width}x${height} has ${width * height} pixels, ${id} draws at most ${limits.maxPixels}`;
    const chinese = `${width}x${height} 有 ${width * height} 像素，${id} 最多生成 ${limits.maxPixels} 像素`;
    const values = { pixels: width * height, max_pixels: limits.maxPixels };
    errors.push({ param: param(width > height ? "width" : "height"), code: "invalid_size", message, chinese, values });
  }
  const ratio = Math.max(width, height) / Math.min(width, height);
  if (errors.length === 0 && ratio > maxAspectRatio) {
    const message = `${width}x${height} is too long: the longer side may be at most ${maxAspectRatio} times the shorter`;
    const chinese = `${width}x${height} 过长：长边最多为短边的 ${maxAspectRatio} 倍`;
    const values = { max_aspect_ratio: maxAspectRatio };
    errors.push({ param: param(width > height ? "width" : "height"), code: "invalid_size", message, chinese, values });
  }
  const [first, ...rest] = errors;
  return first === undefined ? { width, height, errors: [] } : { errors: [first, ...rest] };
}

function sideProblem(
  side: string,
  value: number,
  model: string,
  { minSide, maxSide }: ModelLimits,
): Pick<FieldError, "message" | "chinese" | "values"> | undefined {
  if (value < minSide || value > maxSide) {
    const whose =
      value > maxSide && maxSide < longestSide ? `; the longest side that ${model} draws is ${maxSide}` : "";
    return {
      message: `${side} must be ${minSide} to ${maxSide}, got ${value}${whose}`,
      chinese: `${side} 必须在 ${minSide} 到 ${maxSide} 之间，收到 ${value}`,
      values: { minimum: minSide, maximum: maxSide, received: value },
    };
  }
  if (value % sizeMultiple === 0) return undefined;
  const below = Math.floor(value / sizeMultiple) * sizeMultiple;
  const above = below + sizeMultiple;
  return {
    message: `${side} must be a multiple of ${sizeMultiple}, got ${value}; try ${below} or ${above}`,
    chinese: `${side} 必须是 ${sizeMultiple} 的倍数，收到 ${value}；可用 ${below} 或 ${above}`,
    values: { multiple_of: sizeMultiple, received: value, suggested: [below, above] },
  };
}

function sizeOfRatio(text: string, { defaultWidth, defaultHeight, limits }: CatalogModel): SizeResult {
  const [across, down] = text.split(":").map(Number) as [number, number];
  const ratio = across / down;
  if (!(ratio >= 1 / maxAspectRatio && ratio <= maxAspectRatio)) {
    return refuse("aspect_ratio", `aspect_ratio must be 1:${maxAspectRatio} to ${maxAspectRatio}:1, got ${text}`);
  }
  const pixels = defaultWidth * defaultHeight;
  const snap = (side: number) => Math.min(limits.maxSide, Math.round(side / sizeMultiple) * sizeMultiple);
  return { width: snap(Math.sqrt(pixels * ratio)), height: snap(Math.sqrt(pixels / ratio)), errors: [] };
}

function refuse(param: string, message: string): SizeResult {
  return { errors: [{ param, code: "invalid_size", message }] };
}
