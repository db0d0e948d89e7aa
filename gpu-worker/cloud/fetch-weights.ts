import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as z from "zod";
import { InvalidFileError, PipelineError } from "../../shared/errors.ts";
import type { Objects } from "../../shared/objects.ts";

/** `manifest.json` beside the weights: what there is, so that half an upload or a damaged byte is never served from. */
export const weightsManifest = z.object({
  files: z
    .array(
      z.object({
        /** Below the prefix, with forward slashes. */
        path: z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/),
        bytes: z.int().min(0),
        sha256: z.hex().length(64),
      }),
    )
    .min(1),
});

export type WeightsManifest = z.infer<typeof weightsManifest>;

export interface FetchWeightsOptions {
  /** Requests under way at once. One S3 connection gives about 90 MB/s, a GPU machine's network ten times that. @default 12 */
  readonly parallel?: number;
  /** Bytes per request. @default 16 MiB */
  readonly partBytes?: number;
}

const marker = ".manifest";

/**
 * Brings the weights under `prefix` into `folder`: in parts and in parallel, each file checked against the manifest, the whole
 * moved into place at the end. Does nothing when the same manifest was fetched before, so the next worker on a machine starts at
 * once. A crash leaves a folder beside it that the next fetch clears away.
 *
 * @returns bytes that were fetched, 0 when all were there
 * @throws PipelineError `weights_missing`, InvalidFileError when a file is not what the manifest says
 */
export async function fetchWeights(
  objects: Pick<Objects, "get" | "getRange">,
  prefix: string,
  folder: string,
  { parallel = 12, partBytes = 16 * 2 ** 20 }: FetchWeightsOptions = {},
): Promise<number> {
  const stored = await objects.get(`${prefix}/manifest.json`);
  if (stored === undefined) {
    throw new PipelineError(
      "weights_missing",
      `there is no ${prefix}/manifest.json; upload with: npm run deploy -- --weights DIR`,
    );
  }
  const text = Buffer.from(stored.body).toString("utf8");
  if ((await readFile(join(folder, marker), "utf8").catch(() => "")) === text) return 0;
  const { files } = parseManifest(text, prefix);

  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  const parts: { readonly path: string; readonly start: number; readonly end: number }[] = [];
  for (const { path, bytes } of files) {
    await mkdir(dirname(join(partial, path)), { recursive: true });
    await writeFile(join(partial, path), "");
    for (let start = 0; start < bytes; start += partBytes) {
      parts.push({ path, start, end: Math.min(start + partBytes, bytes) - 1 });
    }
  }
  const queue = parts.values();
  await Promise.all(
    Array.from({ length: Math.max(1, Math.min(parallel, parts.length)) }, async () => {
      for (const part of queue) await fetchPart(objects, prefix, partial, part);
    }),
  );
  for (const { path, sha256 } of files) {
    const got = await sha256OfFile(join(partial, path));
    if (got !== sha256) {
      throw new InvalidFileError(`${prefix}/${path} has SHA-256 ${got}, its manifest says ${sha256}; upload it again`);
    }
  }
  await writeFile(join(partial, marker), text);
  await rm(folder, { recursive: true, force: true });
  await rename(partial, folder);
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

async function fetchPart(
  objects: Pick<Objects, "getRange">,
  prefix: string,
  folder: string,
  { path, start, end }: { readonly path: string; readonly start: number; readonly end: number },
): Promise<void> {
  const part = await objects.getRange(`${prefix}/${path}`, start, end);
  if (part === undefined || part.body.byteLength !== end - start + 1) {
    throw new InvalidFileError(`${prefix}/${path} is missing or shorter than its manifest says; upload it again`);
  }
  const file = await open(join(folder, path), "r+");
  try {
    await file.write(part.body, 0, part.body.byteLength, start);
  } finally {
    await file.close();
  }
}

function parseManifest(text: string, prefix: string): WeightsManifest {
  try {
    return weightsManifest.parse(JSON.parse(text));
  } catch (cause) {
    throw new InvalidFileError(`${prefix}/manifest.json is no manifest of weights; upload them again`, { cause });
  }
}

/** Hex digest of a file's bytes. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk);
  return hash.digest("hex");
}
