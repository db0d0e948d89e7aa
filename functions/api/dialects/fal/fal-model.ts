import { type CatalogModel, findModel } from "../../../../shared/model-catalog/model-catalog.ts";
import { InvalidRequestError } from "../../../../shared/request/field-errors.ts";
import { unknownModel } from "../../../../shared/request/parse-image-request.ts";

export type FalTask = "text-to-image" | "image-to-image" | "inpaint" | "controlnet";

/** Endings of fal's ids, each also with `/lora` behind it, that name another task of the same model. */
const tasks: { readonly [ending: string]: FalTask } = {
  "": "text-to-image",
  "/image-to-image": "image-to-image",
  "/inpaint": "inpaint",
  "/controlnet": "controlnet",
};

export interface FalModel {
  readonly model: CatalogModel;
  readonly task: FalTask;
  /** fal's own name of the model, which brings fal's own defaults; absent for names that fal does not have. */
  readonly falName?: "turbo" | "base" | "base/lora";
}

/**
 * @param id - `fal-ai/z-image/turbo`, one of its tasks, or any id or alias of ours
 * @throws InvalidRequestError `model_not_found`, `unsupported_capability`
 */
export function falModel(models: readonly CatalogModel[], id: string): FalModel {
  const ofTask = id.endsWith("/lora") ? id.slice(0, -"/lora".length) : id;
  for (const name of new Set([id, ofTask])) {
    for (const [ending, task] of Object.entries(tasks)) {
      const model = name.endsWith(ending) ? findModel(models, name.slice(0, name.length - ending.length)) : undefined;
      if (model !== undefined) return { model, task, falName: falNameOf(id) };
    }
  }
  const refuse = (message: string) =>
    new InvalidRequestError([{ param: "model", code: "unsupported_capability", message }]);
  if (/^fal-ai\/z-image.*-trainer/.test(id)) {
    throw refuse("training is not offered over this API; npm run train trains a LoRA on one's own machine");
  }
  const [, parent = "", task = ""] = /^(.+)\/([^/]+)$/.exec(ofTask) ?? [];
  if (findModel(models, parent) !== undefined) {
    throw refuse(`${task} is not supported by this model; GET /v1/models lists what it can do`);
  }
  throw new InvalidRequestError([unknownModel(id, models)]);
}

function falNameOf(id: string): FalModel["falName"] {
  if (id.startsWith("fal-ai/z-image/turbo")) return "turbo";
  if (!id.startsWith("fal-ai/z-image/base")) return undefined;
  return id.endsWith("/lora") ? "base/lora" : "base";
}
