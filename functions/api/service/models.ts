import { Hono } from "hono";
import type * as z from "zod";
import { NotFoundError } from "../../../shared/errors.ts";
import { maxAspectRatio, maxSteps, sizeMultiple } from "../../../shared/limits.ts";
import { type CatalogModel, findModel } from "../../../shared/model-catalog/model-catalog.ts";
import { decimalAmount } from "../../../shared/money/decimal-amount.ts";
import { type PriceTable, rateOf, tableAt } from "../../../shared/money/price-list.ts";
import { unknownModel } from "../../../shared/request/parse-image-request.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { presentReplicateModel } from "../dialects/replicate/model-names.ts";
import { requestOrigin } from "../http/request-links.ts";
import type { modelResourceSchema } from "../problems/service-responses.ts";

/** `GET /v1/models` and `/v1/models/{id}`; ids with slashes may come encoded or as they are. */
export function modelsRoute({ models, authenticate, prices, clock, ...address }: RouteDependencies): Hono<ApiEnv> {
  const present = (model: CatalogModel) => presentModel(model, tableAt(prices, clock.now()));
  return new Hono<ApiEnv>()
    .get("/", authenticate("models:read"), (c) => {
      const origin = requestOrigin(c, address);
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
      const model = findModel(models, id);
      if (model === undefined)
        throw new NotFoundError("model_not_found", unknownModel(id, models).message, { param: "model" });
      return c.json({ ...present(model), id: model.listedNames?.includes(id) ? id : model.id });
    });
}

function presentModel(model: CatalogModel, prices: PriceTable): z.infer<typeof modelResourceSchema> {
  const { interactive, batch } = rateOf(prices, [model.id, ...model.aliases]);
  const { id, createdS, ownedBy, name, aliases, family, random, capabilities, licence, source } = model;
  return {
    id,
    object: "model",
    created: createdS,
    owned_by: ownedBy,
    name,
    family,
    random,
    source,
    license: licence,
    aliases: [...aliases],
    capabilities: [...capabilities],
    defaults: {
      steps: model.defaultSteps,
      guidance: model.defaultGuidance,
      width: model.defaultWidth,
      height: model.defaultHeight,
    },
    limits: {
      min_side: model.limits.minSide,
      max_side: model.limits.maxSide,
      multiple_of: sizeMultiple,
      max_pixels: model.limits.maxPixels,
      max_aspect_ratio: maxAspectRatio,
      max_steps: maxSteps,
      max_prompt_tokens: model.limits.maxPromptTokens,
      max_prompt_characters: model.limits.maxPromptCharacters,
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
