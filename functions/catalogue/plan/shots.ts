import * as z from "zod";
import { maxSteps } from "../../../shared/limits.ts";
import { imageFormats } from "../../../shared/request/image-request.ts";
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
    .enum(["draw", "restyle"])
    .describe("draw makes the image from words alone; restyle draws over the product's photo and changes the product."),
  size: z
    .string()
    .regex(/^\d{1,5}x\d{1,5}$/, 'must be WIDTHxHEIGHT such as "1024x1024"')
    .optional()
    .describe("Pixels of the finished file. Default: the model's default size."),
  prompt: text.describe("Liquid template over the columns."),
  negative: text.optional().describe("Liquid template of what the image should not show."),
  strength: z.number().gt(0).max(1).optional().describe("For restyle: how far to depart from the photo."),
  steps: z.int().min(1).max(maxSteps).optional(),
  guidance: z.number().min(0).max(20).optional(),
  format: z.enum(imageFormats).optional().describe("Default jpeg."),
  quality: z.int().min(1).max(100).optional(),
  n: z.int().min(1).max(maxVariations).optional().describe("Variations of each image. Default 1."),
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

/** @throws CatalogueError `shot_invalid` for shots of one id */
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
