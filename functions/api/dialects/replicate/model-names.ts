import { createHash } from "node:crypto";
import { NotFoundError } from "../../../../shared/errors.ts";
import { type CatalogModel, findModel } from "../../../../shared/model-catalog/model-catalog.ts";
import { unknownModel } from "../../../../shared/request/parse-image-request.ts";

/**
 * Replicate names a version by 64 hex digits. Here it is that of the model itself: weights do not change under one id.
 */
export function versionOf({ id }: CatalogModel): string {
  return createHash("sha256").update(id).digest("hex");
}

/** `owner/name`, the first alias of that form; a model with none is its owner's. */
export function replicateName(model: CatalogModel): { readonly owner: string; readonly name: string } {
  const alias =
    [model.id, ...model.aliases].find((name) => /^[^/]+\/[^/]+$/.test(name)) ?? `${model.ownedBy}/${model.id}`;
  const [owner, name] = alias.split("/") as [string, string];
  return { owner, name };
}

/** @param version - 64 hex digits, `owner/name`, `owner/name:version`, or an id of ours */
export function modelOfVersion(models: readonly CatalogModel[], version: string): CatalogModel | undefined {
  const [name = "", digest] = version.split(":");
  return models.find((model) =>
    digest === undefined
      ? versionOf(model) === name || model.id === name || model.aliases.includes(name)
      : versionOf(model) === digest,
  );
}

export interface ReplicateModel {
  readonly model: CatalogModel;
  /** As the request has it. */
  readonly name: string;
  /** What the model is for under this name alone. */
  readonly task?: "img2img" | "controlnet";
}

/** Names under which Replicate has parts of what one model does here. */
const siblings: { readonly [name: string]: { readonly of: string; readonly task?: ReplicateModel["task"] } } = {
  "prunaai/z-image-turbo-lora": { of: "prunaai/z-image-turbo" },
  "prunaai/z-image-turbo-img2img": { of: "prunaai/z-image-turbo", task: "img2img" },
  "prunaai/z-image-turbo-controlnet": { of: "prunaai/z-image-turbo", task: "controlnet" },
  "prunaai/z-image-lora": { of: "Tongyi-MAI/Z-Image" },
};

/** @throws NotFoundError when no model has the name */
export function servedModel(models: readonly CatalogModel[], name: string): ReplicateModel {
  const { of = name, task } = Object.hasOwn(siblings, name) ? siblings[name]! : {};
  const model = findModel(models, name) ?? findModel(models, of);
  if (model !== undefined) return { model, name, task };
  throw new NotFoundError("model_not_found", unknownModel(name, models).message, { param: "model" });
}

/** @param named - as `modelOfVersion` and `servedModel` take it @throws NotFoundError when no model has the name */
export function modelOrVersion(models: readonly CatalogModel[], named: string): ReplicateModel {
  const model = modelOfVersion(models, named);
  if (model === undefined) return servedModel(models, named);
  const [name = named] = named.split(":");
  return { model, name, task: Object.hasOwn(siblings, name) ? siblings[name]!.task : undefined };
}

/** @param asked - the name that it was asked for by */
export function presentReplicateModel(model: CatalogModel, origin: string, asked?: string) {
  const [owner, name] = asked?.split("/") ?? Object.values(replicateName(model));
  return {
    owner,
    name,
    url: `${origin}/v1/models/${owner}/${name}`,
    visibility: "public",
    description: model.random ? "random weights: the images are noise" : model.capabilities.join(", "),
    github_url: null,
    paper_url: null,
    license_url: null,
    cover_image_url: null,
    run_count: 0,
    default_example: null,
    latest_version: presentVersion(model),
  };
}

export function presentVersion(model: CatalogModel) {
  const created_at = new Date(model.createdS * 1_000).toISOString();
  return { id: versionOf(model), created_at, cog_version: "", openapi_schema: {} };
}
