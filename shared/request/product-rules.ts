import type * as z from "zod";
import { maxFinishedSide, minSide } from "../limits.ts";
import type { cropField, productField } from "./product-fields.ts";

/*
 * What follows from the fields of a product, apart from their schemas: functions that check no request, such as the
 * dispatcher of webhooks, start without zod.
 */

/** Share of its width by which the finished size may differ in proportions from the size that is drawn. */
const proportionTolerance = 0.02;

interface Size {
  readonly width: number;
  readonly height: number;
}

export function sizeOfText(text: string): Size {
  const [width, height] = text.split("x").map(Number) as [number, number];
  return { width, height };
}

/** What is wrong with a finished size for an image of `drawn` pixels. */
export function finishedSizeProblem(text: string, drawn: Size): string | undefined {
  const { width, height } = sizeOfText(text);
  if (Math.min(width, height) < minSide || Math.max(width, height) > maxFinishedSide) {
    return `finish.size must have sides of ${minSide} to ${maxFinishedSide}, got ${text}`;
  }
  const ratio = (width * drawn.height) / (height * drawn.width);
  if (Math.abs(ratio - 1) <= proportionTolerance) return undefined;
  return `finish.size must have the proportions of the image, ${drawn.width}x${drawn.height}; got ${text}`;
}

/** Nothing is drawn: the product is put on white, or a part of a photo is taken. */
export function drawsNothing({
  product,
  crop,
}: {
  readonly product?: z.output<typeof productField>;
  readonly crop?: z.output<typeof cropField>;
}): boolean {
  return crop !== undefined || product?.background === "white";
}
