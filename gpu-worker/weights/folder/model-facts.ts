import { createHash } from "node:crypto";
import { join } from "node:path";
import { type ModelFacts, modelFactsSchema } from "../../../shared/model-catalog/model-facts.ts";
import { readJsonFile } from "./json-file.ts";
import { type ModelManifest, readManifest } from "./model-manifest.ts";
import { isFile, isFolder } from "./part-files.ts";

/** Lies beside `model_index.json`; other loaders ignore it. */
export const factsFileName = "model_facts.json";

/**
 * What a model folder says of itself, and what its manifest knows of where it was downloaded.
 * @returns `undefined` when neither is there
 * @throws InvalidFileError for a damaged file
 */
export async function readFolderFacts(dir: string): Promise<ModelFacts | undefined> {
  if (!isFolder(dir)) return undefined;
  const manifest = await readManifest(dir);
  const path = join(dir, factsFileName);
  const said = isFile(path) ? await readJsonFile(path, modelFactsSchema) : undefined;
  if (manifest === undefined) return said;
  const { licence, source } = manifest;
  return {
    licence,
    source: source && `${source.address}/${source.repository}`,
    ...said,
    revision: source?.revision ?? said?.revision ?? `sha256:${digestOf(manifest)}`,
  };
}

/** Of the paths and checksums of all files, in the order of the manifest. */
function digestOf({ files }: ModelManifest): string {
  return createHash("sha256")
    .update(files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join(""))
    .digest("hex");
}
