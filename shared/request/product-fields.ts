import * as z from "zod";
import { maxExpectedTextCharacters, maxExpectedTexts, maxFinishedSide, minSide } from "../limits.ts";

/** Where the product stands on the canvas, and what is drawn around it. */
const productBackgrounds = ["drawn", "white"] as const;
export const productAnchors = ["center", "top", "bottom", "left", "right"] as const;
export const defaultFill = 0.85;

export const productField = z
  .strictObject({
    background: z
      .enum(productBackgrounds)
      .optional()
      .describe(
        "drawn draws the rest of the image as the prompt says; white draws nothing and puts the product on pure white, " +
          "at the price of one step. Default drawn.",
      ),
    fill: z
      .number()
      .min(0.05)
      .max(1)
      .optional()
      .describe(`Share of the canvas that the product's longer side takes. Default ${defaultFill}.`),
    anchor: z
      .enum(productAnchors)
      .optional()
      .describe("Edge of the canvas that the product is moved to, up to the margin. Default center."),
  })
  .optional()
  .describe(
    "Takes image for the photo of a product and keeps the product's own pixels. It is cut out along its transparency, " +
      "by mask, or from a plain background; a photo that allows none of these fails with no_cutout. The size is that " +
      "of the canvas. product_psnr of the finished file is at least 45 dB, or the job fails.",
  );

const share = z.number().min(0).max(1);

export const cropField = z
  .strictObject({ x: share, y: share, width: share.gt(0), height: share.gt(0) })
  .refine(({ x, y, width, height }) => x + width <= 1.000_001 && y + height <= 1.000_001, "must lie inside the image")
  .optional()
  .describe(
    "Part of image, in shares of its width and height, that becomes the whole image. Nothing is drawn; it costs as " +
      "much as one step.",
  );

export const finishField = z
  .strictObject({
    pure_white: z
      .boolean()
      .optional()
      .describe("Make an almost white background, as far as it reaches from the border, exactly white."),
    size: z
      .string()
      .regex(/^\d{2,4}x\d{2,4}$/, 'must be WIDTHxHEIGHT such as "1000x1000"')
      .optional()
      .describe(
        `WIDTHxHEIGHT of the finished file, ${minSide} to ${maxFinishedSide}, in the proportions of the image. It is ` +
          "drawn at size and scaled by Lanczos; a product is placed at this size.",
      ),
    max_bytes: z
      .int()
      .min(1_000)
      .max(100_000_000)
      .optional()
      .describe("Lowers the quality of a lossy format down to 60 until the file has at most so many bytes."),
  })
  .optional()
  .describe("Steps after drawing, in this order: size, the product put back, pure_white, format and max_bytes.");

export const checksField = z
  .strictObject({
    text: z
      .array(z.string().min(1).max(maxExpectedTextCharacters))
      .min(1)
      .max(maxExpectedTexts)
      .optional()
      .describe(
        "Lines that the image should show; what is read of them is compared where a text reader is configured.",
      ),
  })
  .optional()
  .describe(
    "Measure the finished file: white border, fill, sharpness, dHash. Images of product and crop are always measured.",
  );
