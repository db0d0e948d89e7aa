import { Hono } from "hono";
import type * as z from "zod";
import { NotFoundError } from "../../../shared/errors.ts";
import {
  maxAspectRatio,
  maxImagesPerJob,
  maxLoras,
  maxReferences,
  maxSteps,
  sizeMultiple,
} from "../../../shared/limits.ts";
import { type CatalogModel, findModel } from "../../../shared/model-catalog/model-catalog.ts";
import { decimalAmount } from "../../../shared/money/decimal-amount.ts";
import { type PriceTable, rateOf, tableAt } from "../../../shared/money/price-list.ts";
import { unknownModel } from "../../../shared/request/parse-image-request.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { presentReplicateModel } from "../dialects/replicate/model-names.ts";
import { requestOrigin } from "../http/request-links.ts";
import type { modelResourceSchema } from "./model-responses.ts";
import { presentVocabularyLink } from "./present-vocabulary.ts";

/** `GET /v1/models` and `/v1/models/{id}`; ids with slashes may come encoded or as they are. */
export function modelsRoute({ models, authenticate, prices, clock, ...address }: RouteDependencies): Hono<ApiEnv> {
  return new Hono<ApiEnv>()
    .get("/", authenticate("models:read"), (c) => {
      const origin = requestOrigin(c, address);
      const present = (model: CatalogModel) => presentModel(model, tableAt(prices, clock.now()), origin);
      const results = models.map((model) => presentReplicateModel(model, origin));
      // A name of the operator's own is there to be chosen from the list.
      const data = models.flatMap((model) => [
        present(model),
        ...(model.listedNames ?? []).map((id) => ({ ...present(model), id })),
      ]);
      return c.json({ object: "list", data, results, next: null, previous: null });
    })
    .get("/:id{.+}", authenticate("models:read"), (c) => {
      const id = c.req.param("id");
      const model = servedModel(models, id);
      const shown = presentModel(model, tableAt(prices, clock.now()), requestOrigin(c, address));
      return c.json({ ...shown, id: model.listedNames?.includes(id) ? id : model.id });
    });
}

/** @throws NotFoundError when no model has the name */
export function servedModel(models: readonly CatalogModel[], id: string): CatalogModel {
  const model = findModel(models, id);
  if (model !== undefined) return model;
  throw new NotFoundError("model_not_found", unknownModel(id, models).message, { param: "model" });
}

function presentModel(model: CatalogModel, prices: PriceTable, origin: string): z.infer<typeof modelResourceSchema> {
  const { interactive, batch } = rateOf(prices, [model.id, ...model.aliases]);
  const { id, createdS, ownedBy, name, aliases, family, random, capabilities, licence, source } = model;
  const { vocabulary } = model;
  const can = (capability: string) => capabilities.includes(capability);
  return {
    id,
    object: "model",
    created: createdS,
    owned_by: ownedBy,
    name,
    family,
    random,
    source,
    revision: model.revision ?? null,
    license: licence,
    aliases: [...aliases],
    capabilities: [...capabilities],
    defaults: {
      steps: model.defaultSteps,
      guidance: model.defaultGuidance,
      width: model.defaultWidth,
      height: model.defaultHeight,
    },
    native_sizes: [...model.nativeSizes],
    accepts: {
      guidance: model.guidanceSupported,
      negative_prompt: model.guidanceSupported,
      image: can("image-to-image"),
      mask: can("inpainting"),
      references: can("references"),
      loras: can("loras"),
      controlnet: can("controlnet"),
    },
    examples: [...model.examples],
    vocabulary: vocabulary === undefined ? null : presentVocabularyLink(id, vocabulary, origin),
    limits: {
      min_side: model.limits.minSide,
      max_side: model.limits.maxSide,
      multiple_of: sizeMultiple,
      max_pixels: model.limits.maxPixels,
      max_aspect_ratio: maxAspectRatio,
      max_steps: maxSteps,
      max_prompt_tokens: model.limits.maxPromptTokens,
      max_prompt_characters: model.limits.maxPromptCharacters,
      max_images: maxImagesPerJob,
      max_references: can("references") ? maxReferences : 0,
      max_loras: can("loras") ? maxLoras : 0,
    },
    pricing: {
      currency: prices.currency,
      effective_from: prices.effectiveFrom,
      interactive,
      interactive_decimal: decimalAmount(interactive),
      batch,
      batch_decimal: decimalAmount(batch),
    },
  };
}
