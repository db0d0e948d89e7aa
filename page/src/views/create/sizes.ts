import type { Model } from "../../../../sdk/src/index.ts";
import type { Draft, Size } from "./draft.ts";

/** The shapes offered by drawing, width to height. */
export const shapes = ["1:1", "4:3", "16:9", "3:4", "9:16"] as const;
export type Shape = (typeof shapes)[number];

/** Sizes that marketplaces ask for, in pixels; the ones a model can draw are offered. */
const shopSizes: readonly (Size & { readonly shop: string })[] = [
  { shop: "Taobao", width: 800, height: 800 },
  { shop: "Taobao", width: 752, height: 1000 },
  { shop: "Amazon", width: 1600, height: 1600 },
  { shop: "Shopify", width: 2048, height: 2048 },
  { shop: "Etsy", width: 2000, height: 1504 },
  { shop: "eBay", width: 1600, height: 1200 },
  { shop: "Instagram", width: 1072, height: 1344 },
];

/** The sides of a shape: the model's own where it was made for such, else at about the pixels of its default size. */
export function sizeOfShape(shape: Shape, model: Model): Size {
  const [across, down] = shape.split(":").map(Number) as [number, number];
  const ratio = across / down;
  const own = model.native_sizes.find(({ width, height }) => Math.abs(width / height - ratio) < 0.02);
  if (own !== undefined) return own;
  const pixels = Math.min(model.defaults.width * model.defaults.height, model.limits.max_pixels);
  const { multiple_of: step, min_side: least, max_side: most } = model.limits;
  const side = (length: number) => Math.min(most, Math.max(least, Math.round(length / step) * step));
  return { width: side(Math.sqrt(pixels * ratio)), height: side(Math.sqrt(pixels / ratio)) };
}

export function shopSizesOf({ limits }: Model) {
  return shopSizes.filter(({ width, height }) => sizeFault({ width, height }, limits) === null);
}

export type SizeFault =
  | { readonly code: "multiple"; readonly step: number; readonly below: number; readonly above: number }
  | { readonly code: "side"; readonly least: number; readonly most: number }
  | { readonly code: "pixels"; readonly most: number }
  | { readonly code: "ratio"; readonly most: number };

/** The first thing wrong with a size, `null` for one that the model draws. */
export function sizeFault({ width, height }: Size, limits: Model["limits"]): SizeFault | null {
  const { multiple_of: step, min_side: least, max_side: most } = limits;
  for (const side of [width, height]) {
    if (!(side >= least && side <= most)) return { code: "side", least, most };
    const below = Math.floor(side / step) * step;
    if (side !== below) return { code: "multiple", step, below, above: below + step };
  }
  if (width * height > limits.max_pixels) return { code: "pixels", most: limits.max_pixels };
  const ratio = Math.max(width, height) / Math.min(width, height);
  return ratio > limits.max_aspect_ratio ? { code: "ratio", most: limits.max_aspect_ratio } : null;
}

/** What is drawn: the chosen size, else that of the image to start from, else the model's. */
export function shownSize({ size, input }: Pick<Draft, "size" | "input">, model: Model): Size {
  return size ?? input ?? model.defaults;
}

export function isNative(size: Size, { native_sizes: sizes }: Model): boolean {
  return sizes.length === 0 || sizes.some(({ width, height }) => width === size.width && height === size.height);
}

export const sizeText = ({ width, height }: Size): string => `${width}×${height}`;

/** `WIDTHxHEIGHT`; `null` for anything else. */
export function parseSize(text: string): Size | null {
  const [, width, height] = /^(\d{2,4})[x×](\d{2,4})$/.exec(text) ?? [];
  return width === undefined ? null : { width: Number(width), height: Number(height) };
}
