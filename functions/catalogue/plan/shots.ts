import * as z from "zod";
import { maxExpectedTexts, maxSteps } from "../../../shared/limits.ts";
import { imageFormats } from "../../../shared/request/image-request.ts";
import { cropField, finishField, productField } from "../../../shared/request/product-fields.ts";
import { CatalogueError } from "../problems/catalogue-problem.ts";
import presets from "./presets.json" with { type: "json" };

const text = z.string().min(1).max(4_000);
const maxShots = 12;
const maxVariations = 4;

/** One image that is wanted of every product. */
export const shotSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9-]{1,16}$/, "must be 1 to 16 of a-z, 0-9 and -")
    .describe("Names the shot in files and in the next run: main, detail …"),
  method: z
    .enum(["draw", "restyle", "keep_product", "crop"])
    .describe(
      "draw makes the image from words alone; restyle draws over the product's photo and changes the product; " +
        "keep_product cuts the product out of its photo, places it and keeps its pixels; crop takes a part of the photo.",
    ),
  size: z
    .string()
    .regex(/^\d{1,5}x\d{1,5}$/, 'must be WIDTHxHEIGHT such as "1024x1024"')
    .optional()
    .describe("Pixels of the finished file. Default: the model's default size."),
  prompt: text.optional().describe("Liquid template over the columns. Needed where anything is drawn."),
  optional: z
    .array(z.string().min(1).max(200))
    .max(20)
    .optional()
    .describe("Names that the templates use though the file may have no such column; they are empty then."),
  negative: text.optional().describe("Liquid template of what the image should not show."),
  strength: z.number().gt(0).max(1).optional().describe("For restyle: how far to depart from the photo."),
  product: productField.describe(
    "For keep_product: what is around the product, its share of the canvas and its place.",
  ),
  crop: cropField.describe(
    "For crop: the part of the photo, in shares. A cell under detail_box (left, top, width and height in percent) goes " +
      "first. Default: the middle 35 %.",
  ),
  finish: finishField
    .unwrap()
    .omit({ size: true })
    .optional()
    .describe("Steps after drawing: pure_white, max_bytes. The size is the shot's."),
  steps: z.int().min(1).max(maxSteps).optional(),
  guidance: z.number().min(0).max(20).optional(),
  format: z.enum(imageFormats).optional().describe("Default jpeg."),
  quality: z.int().min(1).max(100).optional(),
  n: z.int().min(1).max(maxVariations).optional().describe("Variations of each image. Default 1."),
  text: z
    .array(text)
    .min(1)
    .max(maxExpectedTexts)
    .optional()
    .describe("Liquid templates of the lines that the image should show; compared where a text reader is configured."),
  alt: text.optional().describe("Liquid template of the alternative text."),
  when: z
    .strictObject({
      column: z.string().max(200),
      equals: z.string().max(200).optional(),
      filled: z.boolean().optional(),
    })
    .optional()
    .describe("Only for products whose column has this value."),
  fallback: z
    .enum(["fail", "draw", "skip"])
    .optional()
    .describe("For a product without photo where the method needs one. Default fail."),
});

export type ShotRequest = z.output<typeof shotSchema>;

/** Nothing is drawn, so that words, seed and model do not matter. */
export function drawsNoPixel({ method, product }: Pick<ShotRequest, "method" | "product">): boolean {
  return method === "crop" || (method === "keep_product" && product?.background === "white");
}

/** A shot with every value effective; its size, where it names none, is the model's. */
export interface Shot extends ShotRequest {
  readonly width?: number;
  readonly height?: number;
  readonly n: number;
  readonly format: NonNullable<ShotRequest["format"]>;
  readonly fallback: NonNullable<ShotRequest["fallback"]>;
  readonly warnings: readonly string[];
}

export const shotsSchema = z.array(shotSchema).min(1).max(maxShots);
export const presetNames = Object.keys(presets) as (keyof typeof presets)[];

export function presetShot(name: string): ShotRequest {
  if (!Object.hasOwn(presets, name)) {
    throw new CatalogueError("preset_unknown", { value: name, known: presetNames.join(", ") }, { param: "preset" });
  }
  return shotSchema.parse(presets[name as keyof typeof presets]);
}

/** @throws CatalogueError `shot_invalid` for shots of one id, and for what does not go with their method */
export function effectiveShots(shots: readonly ShotRequest[]): Shot[] {
  const seen = new Set<string>();
  return shots.map((shot, index) => {
    const invalid = (field: string, value: string) =>
      new CatalogueError(
        "shot_invalid",
        { field: `shots[${index}].${field}`, value },
        { param: `shots[${index}].${field}` },
      );
    if (seen.has(shot.id)) throw invalid("id", `two shots have the id ${shot.id}; give each its own`);
    seen.add(shot.id);
    for (const [field, method] of [
      ["product", "keep_product"],
      ["crop", "crop"],
      ["strength", "restyle"],
    ] as const) {
      if (shot[field] !== undefined && shot.method !== method) {
        throw invalid(field, `${field} belongs to the method ${method}, and the method is ${shot.method}`);
      }
    }
    const draws = !drawsNoPixel(shot) || shot.fallback === "draw";
    if (draws && shot.prompt === undefined) throw invalid("prompt", "a prompt is needed where something is drawn");
    const [width, height] = shot.size?.split("x").map(Number) ?? [];
    return {
      ...shot,
      width,
      height,
      n: shot.n ?? 1,
      format: shot.format ?? "jpeg",
      fallback: shot.fallback ?? "fail",
      warnings: warningsOf(shot),
    };
  });
}

function warningsOf({ id, method }: ShotRequest): string[] {
  if (method === "restyle") return ["restyle changes the product: compare each image with its photo"];
  if (method === "draw" && id.startsWith("main")) {
    return ["a drawn main image does not show the real product, which most marketplaces ask for"];
  }
  return [];
}
