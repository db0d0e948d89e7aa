import { lstat, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { defaultModel } from "../../../models/default-model.ts";
import { InvalidInputError, NotFoundError } from "../../../shared/errors.ts";
import { type ModelManifest, manifestName, readManifest } from "../../weights/folder/model-manifest.ts";

export interface ListedModel {
  readonly name: string;
  readonly manifest: ModelManifest;
}

/** The models that `pull` put or `convert --out` was told to put into `modelsDir`, by name. */
export async function listModels(modelsDir: string): Promise<ListedModel[]> {
  const names = await readdir(modelsDir).catch(() => []);
  const models: ListedModel[] = [];
  for (const name of names.filter((name) => !name.startsWith(".")).toSorted()) {
    const manifest = await readManifest(join(modelsDir, name));
    if (manifest) models.push({ name, manifest });
  }
  return models;
}

/** One aligned line per model. */
export function formatModels(models: readonly ListedModel[]): string {
  return models
    .map(({ name, manifest: { form, files, licence = "", source } }) => {
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
      const origin = source ? `${source.hub} ${source.repository} ${source.revision.slice(0, 12)}` : "";
      return `${name.padEnd(24)} ${form.padEnd(10)} ${(bytes / 1e9).toFixed(2).padStart(6)} GB  ${licence.padEnd(11)} ${origin}`.trimEnd();
    })
    .join("\n");
}

/** The folder that `pull` writes to and that model names are looked up in, unless a command names another. */
export function modelsFolder(env: { readonly [name: string]: string | undefined }): string {
  return env.MODELS_DIR || "data/models";
}

/**
 * A name in `modelsDir`, a path, or the name of the model that this repository carries.
 * @throws NotFoundError `model_not_found`
 */
export async function findModel(modelsDir: string, model: string): Promise<string> {
  for (const path of [resolve(modelsDir, model), resolve(model)]) {
    if (await stat(path).catch(() => undefined)) return path;
    if (await lstat(path).catch(() => undefined)) {
      throw new NotFoundError("model_not_found", `${path}: leads nowhere; the file that it links to is gone`);
    }
  }
  if (model === defaultModel.id) return defaultModel.dir;
  throw new NotFoundError(
    "model_not_found",
    `there is no model ${model} in ${resolve(modelsDir)} and no such path; see npm run models -- list`,
  );
}

/**
 * Delete a model folder. Only folders with a manifest: anything else is somebody's own.
 * @throws InvalidInputError for other folders
 */
export async function removeModel(path: string): Promise<void> {
  if (!(await readManifest(path))) {
    throw new InvalidInputError(
      "not_ours",
      `${path} has no ${manifestName}: pull or convert did not make it; remove it by hand`,
    );
  }
  // Out of sight first: nobody meets half a model under its name.
  const grave = join(dirname(path), `.${basename(path)}.${process.pid}.removed`);
  await rename(path, grave);
  await rm(grave, { recursive: true });
}
