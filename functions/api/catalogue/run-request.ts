import * as z from "zod";
import {
  maxMetadataKeyCharacters,
  maxMetadataKeys,
  maxMetadataValueCharacters,
  maxSeed,
} from "../../../shared/limits.ts";
import { runWebhookField } from "../../../shared/request/receiver-fields.ts";
import { marketplaceNames } from "../../catalogue/checks/marketplace-rules.ts";
import { checkPattern, defaultPattern } from "../../catalogue/plan/file-names.ts";
import { effectiveShots, presetNames, presetShot, type Shot, shotsSchema } from "../../catalogue/plan/shots.ts";
import { type AskedMapping, productFields } from "../../catalogue/products/product.ts";
import type { CatalogueOrder } from "../../catalogue/run/catalogue-state.ts";
import { askedEncoding } from "../../catalogue/text/detect-encoding.ts";

const maxRequestRows = 1_000;
const maxColumns = 200;
const column = z.string().min(1).max(200);
const cell = z.union([z.string().max(32_767), z.number().min(-1e15).max(1e15), z.boolean(), z.null()]);

const fields = z.strictObject({
  source: z
    .union([
      z.strictObject({ file_id: z.string().max(200).describe("Id of an uploaded file.") }),
      z.strictObject({
        source_url: z
          .url({ protocol: /^https?$/ })
          .max(2_000)
          .describe("https address of the file, at most 200 MB; fetched when the run is imported."),
      }),
      z.strictObject({
        rows: z
          .array(z.record(column, cell).refine((row) => Object.keys(row).length <= maxColumns, "has too many columns"))
          .min(1)
          .max(maxRequestRows)
          .describe("The products themselves: an object for each, by column."),
      }),
    ])
    .describe("Where the products come from."),
  pictures: z
    .strictObject({ file_id: z.string().max(200) })
    .optional()
    .describe("An uploaded ZIP of photos that the table names, whatever their folders and the case of their names."),
  media_base_url: z
    .url({ protocol: /^https?$/ })
    .max(1_000)
    .optional()
    .describe("Address that photos are under which the table names by paths alone, as Magento's exports do."),
  run_key: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, "must be 1 to 64 of a-z, 0-9, - and _")
    .optional()
    .describe(
      "Images drawn under one key are remembered: the same product again is drawn only when something about its " +
        "image has changed. Default: default.",
    ),
  model: z.string().max(200).optional().describe("Default: the first model of GET /v1/models."),
  preset: z
    .union([z.enum(presetNames), z.array(z.enum(presetNames)).min(1).max(12)])
    .optional()
    .describe("Ready-made shots. Give presets or shots."),
  shots: shotsSchema.optional().describe("The images that are wanted of each product."),
  mapping: z
    .strictObject(Object.fromEntries(productFields.map((field) => [field, column.nullish()])))
    .optional()
    .describe(
      "Columns by what they hold; what is left out is found by names and values, and null is left without a column.",
    ),
  profile: z.string().max(64).optional().describe("The shop's export that the file is; found when left out."),
  encoding: z.string().max(32).optional(),
  language: z
    .string()
    .regex(/^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}$/, "must be a language tag such as de-DE")
    .optional()
    .describe("Of columns in several languages, as Akeneo has them, this one is used. Default: Accept-Language."),
  sheet: z.string().max(200).optional(),
  header_row: z.int().min(1).max(1_000).optional(),
  duplicates: z.enum(["refuse", "suffix"]).optional().describe("SKUs that occur twice. Default refuse."),
  naming: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe("Pattern of file names over {sku} {shot} {n} {version} {handle} {asin} {barcode}, or amazon."),
  ascii_names: z.boolean().optional().describe("File names of ASCII letters alone. Default false."),
  seeds: z
    .union([z.literal("per_sku"), z.strictObject({ fixed: z.int().min(0).max(maxSeed) }), z.strictObject({ column })])
    .optional()
    .describe("per_sku gives each product and shot a seed of its own that stays the same. Default per_sku."),
  review: z
    .enum(["none", "flagged", "all", "sample"])
    .optional()
    .describe(
      "Images that somebody has to approve before they are published or exported: none of them, those that a check " +
        "speaks against, all, or those and a random sample of 200. Default flagged.",
    ),
  marketplaces: z
    .array(z.enum(marketplaceNames))
    .max(marketplaceNames.length)
    .optional()
    .describe(
      "Marketplaces whose numbers (white border, fill, sides, bytes, format) are put beside those of the images; an " +
        "image that misses one is reviewed. Names ending in _main are for shots whose id begins with main.",
    ),
  consistent_scale: z
    .boolean()
    .optional()
    .describe(
      "Compare how much of the canvas the products of a category take in a shot; an image that is off the median by " +
        "more than 10 % of the canvas is reviewed. Default false.",
    ),
  redraw: z
    .union([
      z.enum(["changed", "all"]),
      z.strictObject({ skus: z.array(z.string().min(1).max(200)).min(1).max(maxRequestRows) }),
    ])
    .optional()
    .describe(
      "What is drawn although nothing about it has changed: nothing, all, or some products. What failed or was " +
        "rejected is drawn again in any case. Default changed.",
    ),
  max_cost: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe("Micro-units that the run may cost; it pauses before it would exceed them."),
  accept_warnings: z.boolean().optional(),
  start: z.boolean().optional().describe("Begin as soon as the file is read. Default false: look first, then start."),
  webhook: runWebhookField,
  metadata: z
    .record(z.string().min(1).max(maxMetadataKeyCharacters), z.string().max(maxMetadataValueCharacters))
    .refine(
      (labels) => Object.keys(labels).length <= maxMetadataKeys - 3,
      `must have at most ${maxMetadataKeys - 3} keys`,
    )
    .optional()
    .describe("Labels of your own, which the run and its jobs keep."),
});

/** Body of `POST /v1/runs`. */
export const runRequestSchema = fields
  .refine(({ preset, shots }) => (preset === undefined) !== (shots === undefined), {
    path: ["shots"],
    message: "give one of preset and shots",
  })
  .meta({
    id: "RunRequest",
    examples: [
      {
        source: { rows: [{ sku: "N-001", title: "red teapot" }] },
        shots: [{ id: "main", method: "draw", size: "128x128", prompt: "a {{title}}" }],
        start: true,
      },
    ],
  });

export type RunRequest = z.output<typeof runRequestSchema>;

const oneOfShots = { path: ["shots"], message: "give presets or shots, not both" };

/** Fields that say how a table is read. */
const howToRead = {
  mapping: true,
  profile: true,
  media_base_url: true,
  encoding: true,
  language: true,
  sheet: true,
  header_row: true,
  duplicates: true,
} as const;

/** Body of `POST /v1/runs/{id}/mapping`: what is left out stays as it was. */
export const mappingRequestSchema = fields
  .pick({
    ...howToRead,
    preset: true,
    shots: true,
    naming: true,
    ascii_names: true,
    review: true,
    accept_warnings: true,
    marketplaces: true,
    consistent_scale: true,
  })
  .refine(({ preset, shots }) => preset === undefined || shots === undefined, oneOfShots)
  .meta({ id: "RunMappingRequest", examples: [{ mapping: { sku: "商品编码" } }] });

/** Response of `GET /v1/runs/{id}/mapping`: what was asked for, as a request takes it. */
export const runMappingSchema = fields
  .pick({
    source: true,
    pictures: true,
    ...howToRead,
    shots: true,
    naming: true,
    ascii_names: true,
    review: true,
    marketplaces: true,
    consistent_scale: true,
    run_key: true,
    model: true,
    max_cost: true,
  })
  .partial()
  .extend({ object: z.literal("run.mapping") })
  .meta({ id: "RunMapping" });

export function presentMapping(order: CatalogueOrder): z.output<typeof runMappingSchema> {
  const { fileId, sourceUrl, picturesFileId, naming, review = "flagged" } = order;
  const source = fileId !== undefined ? { file_id: fileId } : sourceUrl && { source_url: sourceUrl };
  return {
    object: "run.mapping",
    ...(source && { source }),
    ...(picturesFileId && { pictures: { file_id: picturesFileId } }),
    mapping: order.mapping,
    profile: order.profile,
    media_base_url: order.mediaBaseUrl,
    encoding: order.encoding,
    language: order.language,
    sheet: order.sheet,
    header_row: order.headerRow,
    duplicates: order.duplicates,
    shots: order.shots.map(({ width: _, height: __, warnings: ___, ...shot }) => shot),
    naming: naming.pattern,
    ascii_names: naming.ascii,
    review,
    marketplaces: order.marketplaces && [...order.marketplaces],
    consistent_scale: order.consistentScale,
    run_key: order.runKey,
    model: order.model,
    max_cost: order.maxCost,
  };
}

/** What an agent may ask of a run: a part of the body of `POST /v1/runs`. */
export const runToolSchema = fields.pick({
  source: true,
  pictures: true,
  run_key: true,
  model: true,
  preset: true,
  shots: true,
  mapping: true,
  naming: true,
  review: true,
  max_cost: true,
  metadata: true,
});

/** Body of `POST /v1/runs/{id}/preview`. */
export const previewRequestSchema = fields
  .pick({ preset: true, shots: true })
  .extend({ n: z.int().min(1).max(20).optional().describe("Products. Default 4.") })
  .refine(({ preset, shots }) => preset === undefined || shots === undefined, oneOfShots)
  .meta({ id: "RunPreviewRequest", examples: [{ n: 4 }] });

/** The order after a change of some of its fields. @throws CatalogueError for shots and names that cannot be */
export function changedOrder(order: CatalogueOrder, request: z.output<typeof mappingRequestSchema>): CatalogueOrder {
  const { mapping, naming, ascii_names, accept_warnings, review = order.review } = request;
  if (naming !== undefined) checkPattern(naming);
  if (request.encoding !== undefined) askedEncoding(request.encoding);
  return {
    ...order,
    profile: request.profile ?? order.profile,
    mediaBaseUrl: request.media_base_url ?? order.mediaBaseUrl,
    encoding: request.encoding ?? order.encoding,
    language: request.language ?? order.language,
    sheet: request.sheet ?? order.sheet,
    headerRow: request.header_row ?? order.headerRow,
    duplicates: request.duplicates ?? order.duplicates,
    mapping: { ...order.mapping, ...(mapping as AskedMapping | undefined) },
    shots: chosenShots(request) ?? order.shots,
    marketplaces: request.marketplaces ?? order.marketplaces,
    consistentScale: request.consistent_scale ?? order.consistentScale,
    naming: { pattern: naming ?? order.naming.pattern, ascii: ascii_names ?? order.naming.ascii },
    acceptWarnings: accept_warnings ?? order.acceptWarnings,
    review,
  };
}

/** @throws CatalogueError for shots that cannot be */
export function chosenShots({ preset, shots }: Pick<RunRequest, "preset" | "shots">): Shot[] | undefined {
  if (preset === undefined && shots === undefined) return undefined;
  return effectiveShots(shots ?? [preset!].flat().map(presetShot));
}

/** @throws CatalogueError for shots and names that cannot be */
export function orderOf(request: RunRequest, acceptLanguage: string | undefined): CatalogueOrder {
  const { naming = defaultPattern, seeds = "per_sku", source } = request;
  checkPattern(naming);
  if (request.encoding !== undefined) askedEncoding(request.encoding);
  return {
    fileId: "file_id" in source ? source.file_id : undefined,
    sourceUrl: "source_url" in source ? source.source_url : undefined,
    picturesFileId: request.pictures?.file_id,
    mediaBaseUrl: request.media_base_url,
    profile: request.profile,
    encoding: request.encoding,
    language: request.language,
    sheet: request.sheet,
    headerRow: request.header_row,
    acceptLanguage,
    mapping: (request.mapping ?? {}) as AskedMapping,
    duplicates: request.duplicates ?? "refuse",
    runKey: request.run_key ?? "default",
    model: request.model,
    shots: chosenShots(request)!,
    naming: { pattern: naming, ascii: request.ascii_names ?? false },
    seeds:
      seeds === "per_sku"
        ? { kind: "per_sku" }
        : "fixed" in seeds
          ? { kind: "fixed", seed: seeds.fixed }
          : { kind: "column", column: seeds.column },
    maxCost: request.max_cost,
    marketplaces: request.marketplaces,
    consistentScale: request.consistent_scale,
    review: request.review,
    redraw: request.redraw ?? "changed",
    acceptWarnings: request.accept_warnings ?? false,
    start: request.start ?? false,
  };
}
