import { Hono } from "hono";
import * as z from "zod";
import { NotFoundError } from "../../../../../shared/errors.ts";
import { findModel } from "../../../../../shared/model-catalog/model-catalog.ts";
import { parseFields } from "../../../../../shared/request/field-errors.ts";
import { unknownModel } from "../../../../../shared/request/parse-image-request.ts";
import type { ApiEnv, RouteDependencies } from "../../../dependencies.ts";
import { bodyLimit } from "../../../http/body-limit.ts";
import { readJsonBody } from "../../../http/json-body.ts";
import { readCheckpoint, writeCheckpoint } from "../account-record.ts";

/** The one option that means something here. Tools send all of them back when they change it. */
const optionsSchema = z.looseObject({ sd_model_checkpoint: z.string().max(300).nullish() });

/** `options`: the checkpoint is chosen per account, the rest says what is so. */
export function optionRoutes(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate, models } = dependencies;
  return new Hono<ApiEnv>()
    .get("/options", authenticate("models:read"), async (c) => {
      const chosen = await readCheckpoint(c.get("identity").accountId, dependencies);
      // A model that was chosen and is served no longer leaves the default.
      const model = (chosen === undefined ? undefined : findModel(models, chosen)) ?? models[0]!;
      return c.json({
        sd_model_checkpoint: model.id,
        sd_checkpoint_hash: "",
        sd_model_refiner: "None",
        sd_vae: "Automatic",
        samples_format: "png",
        enable_pnginfo: true,
        CLIP_stop_at_last_layers: 1,
        face_restoration: false,
        face_restoration_model: "None",
        img2img_color_correction: false,
        live_previews_enable: model.capabilities.includes("previews"),
        show_progress_every_n_steps: 1,
      });
    })
    .post("/options", authenticate("jobs:write"), bodyLimit(), async (c) => {
      const { sd_model_checkpoint: checkpoint } = parseFields(optionsSchema, await readJsonBody(c.req.raw));
      if (checkpoint) {
        const model = findModel(models, checkpoint);
        if (model === undefined) throw new NotFoundError("model_not_found", unknownModel(checkpoint, models).message);
        await writeCheckpoint(c.get("identity").accountId, model.id, dependencies);
      }
      return c.json(null);
    });
}
