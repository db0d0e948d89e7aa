import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { InvalidFileError } from "../../../shared/errors.ts";
import { writeFileAtomically } from "../../../shared/process/write-file-atomically.ts";
import { fileChecksum } from "../download/file-checksum.ts";
import { readJsonFile } from "./json-file.ts";

/**
 * Lies in the root of a model folder that this program downloaded or converted, and is written last: a folder without
 * it is not whole. In a bucket the same text is `manifest.json`.
 */
export const manifestName = "z-image-manifest.json";

/** A relative path of plain names: what a manifest from elsewhere may name inside a model folder. */
export const modelFilePath = z
  .string()
  .max(300)
  .regex(/^(?!.*(^|\/)\.)[\w.+-]+(\/[\w.+-]+)*$/, "expected a relative path of plain names");

const modelSource = z.looseObject({
  hub: z.string(),
  address: z.string(),
  repository: z.string(),
  revision: z.string(),
});

const modelManifest = z.looseObject({
  // Earlier deployments listed the files only.
  format: z.literal(1).default(1),
  /** Form of the weights: `published`, another that `pull --form` takes, or the form that `convert --to` wrote. */
  form: z.string().min(1).max(40).default("published"),
  licence: z.string().max(200).optional(),
  /** Where the transformer was downloaded from. */
  source: modelSource.optional(),
  /** Repositories of the other parts, where they are others. */
  otherSources: z.array(modelSource).max(10).optional(),
  files: z
    .array(
      z.object({
        path: modelFilePath,
        bytes: z.int().nonnegative(),
        sha256: z.string().regex(/^[0-9a-f]{64}$/, "expected 64 hexadecimal digits"),
      }),
    )
    .min(1)
    .max(10_000),
});
export type ModelManifest = z.output<typeof modelManifest>;
export type ManifestFile = ModelManifest["files"][number];

/** @throws InvalidFileError when it is damaged @returns `undefined` when the folder has none */
export async function readManifest(modelDir: string): Promise<ModelManifest | undefined> {
  const path = join(modelDir, manifestName);
  const found = await stat(path).catch(() => undefined);
  return found && readJsonFile(path, modelManifest);
}

/** @param source - file or key, for messages @throws InvalidFileError */
export function parseManifest(text: string, source: string): ModelManifest {
  try {
    return modelManifest.parse(JSON.parse(text));
  } catch (cause) {
    throw new InvalidFileError(`${source} is no manifest of weights; upload them again`, { cause });
  }
}

export async function writeManifest(modelDir: string, manifest: ModelManifest): Promise<void> {
  await writeFileAtomically(join(modelDir, manifestName), Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
}

/**
 * Every file of a folder with its checksum, in the order of their paths; the manifest itself and hidden files are left
 * out.
 */
export async function listFiles(modelDir: string): Promise<ManifestFile[]> {
  const paths: string[] = [];
  const walk = async (folder: string) => {
    for (const entry of await readdir(join(modelDir, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.name.startsWith(".") || path === manifestName) continue;
      if (entry.isDirectory()) await walk(path);
      else paths.push(path);
    }
  };
  await walk("");
  const files: ManifestFile[] = [];
  for (const path of paths.toSorted()) {
    const { size } = await stat(join(modelDir, path));
    files.push({ path, bytes: size, sha256: await fileChecksum(join(modelDir, path)) });
  }
  return files;
}

/** What of a model folder is not as its manifest says. */
export interface FileProblem {
  readonly path: string;
  readonly problem: string;
}

/**
 * Compare a model folder with its manifest, byte for byte.
 * @throws InvalidFileError when there is no manifest
 */
export async function verifyModel(modelDir: string, onBytes?: (bytes: number) => void): Promise<FileProblem[]> {
  const manifest = await readManifest(modelDir);
  if (!manifest) {
    throw new InvalidFileError(
      `${join(modelDir, manifestName)} is missing: the folder was not made by pull or convert, or is not ` +
        "whole; pull the model again",
    );
  }
  const problems: FileProblem[] = [];
  for (const { path, bytes, sha256 } of manifest.files) {
    const found = await stat(join(modelDir, path)).catch(() => undefined);
    if (!found) problems.push({ path, problem: "is missing" });
    else if (found.size !== bytes) problems.push({ path, problem: `has ${found.size} bytes, expected ${bytes}` });
    else {
      const actual = await fileChecksum(join(modelDir, path), "sha256", onBytes);
      if (actual !== sha256) problems.push({ path, problem: `has the checksum ${actual}, expected ${sha256}` });
    }
  }
  return problems;
}
