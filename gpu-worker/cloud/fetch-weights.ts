import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InvalidFileError, PipelineError } from "../../shared/errors.ts";
import { type Clock, systemClock } from "../../shared/ports/clock.ts";
import type { Objects } from "../../shared/ports/objects.ts";
import { downloadFile, type RemoteFile, unfinishedFiles } from "../weights/download/download-file.ts";
import { fileChecksum } from "../weights/download/file-checksum.ts";
import { type ManifestFile, manifestName, parseManifest } from "../weights/folder/model-manifest.ts";

export interface FetchWeightsOptions {
  /**
   * Requests under way at once. One S3 connection gives about 90 MB/s, a GPU machine's network ten times that.
   * @default 12
   */
  readonly parallel?: number;
  /** Bytes per request. @default 16 MiB */
  readonly partBytes?: number;
  /** For the waits between tries. @default systemClock */
  readonly clock?: Clock;
  /** 0..1, spreads the waits. @default Math.random */
  readonly random?: () => number;
}

type Store = Pick<Objects, "get" | "getRange">;

/**
 * Bring the weights under `prefix` into `folder`: each file in parts and checked against `manifest.json`, the whole
 * moved into place at the end. Does nothing when the same manifest was fetched before, so the next worker on a machine
 * starts at once. A crash or a failure leaves a folder beside it, of which the next fetch keeps the files that are
 * right and, of the same manifest, the parts that arrived.
 *
 * @returns bytes of the files that were fetched, 0 when all were there
 * @throws PipelineError `weights_missing`, or `fetch_failed` when the store does not answer; InvalidFileError when a
 * file is not what the manifest says. Nothing is under way any more then
 */
export async function fetchWeights(
  objects: Store,
  prefix: string,
  folder: string,
  { parallel = 12, partBytes = 16 * 2 ** 20, clock = systemClock, random }: FetchWeightsOptions = {},
): Promise<number> {
  const manifestKey = `${prefix}/manifest.json`;
  const stored = await objects.get(manifestKey);
  if (stored === undefined) {
    throw new PipelineError(
      "weights_missing",
      `there is no ${manifestKey}; upload with: npm run deploy -- --weights DIR`,
    );
  }
  const manifest = Buffer.from(stored.body).toString("utf8");
  if ((await readFile(join(folder, manifestName), "utf8").catch(() => "")) === manifest) return 0;
  const { files } = parseManifest(manifest, manifestKey);

  const partial = `${folder}.partial`;
  const missing = await keepUsable(partial, files, manifest);
  for (const file of missing) {
    await downloadFile(storedFile(objects, prefix, file), join(partial, file.path), {
      connections: parallel,
      pieceBytes: partBytes,
      clock,
      random,
    });
  }
  await writeFile(join(partial, manifestName), manifest);
  await rm(join(partial, sourceName));
  await rm(folder, { recursive: true, force: true });
  await rename(partial, folder);
  return missing.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Holds the manifest of an unfinished fetch, in its folder. */
const sourceName = ".manifest";

/**
 * Remove from an unfinished fetch everything that does not belong to these files.
 * @returns the files that are not there yet
 */
async function keepUsable(folder: string, files: readonly ManifestFile[], manifest: string): Promise<ManifestFile[]> {
  const source = join(folder, sourceName);
  const isSame = (await readFile(source, "utf8").catch(() => "")) === manifest;
  const usable = new Set([sourceName]);
  const missing: ManifestFile[] = [];
  for (const file of files) {
    const path = join(folder, file.path);
    const found = await stat(path).catch(() => undefined);
    // A file of the right length may still have holes.
    if (found?.isFile() && found.size === file.bytes && (await fileChecksum(path)) === file.sha256) {
      usable.add(file.path);
    } else {
      missing.push(file);
      // Parts of another manifest's file would spoil this one.
      if (isSame) for (const part of Object.values(unfinishedFiles(file.path))) usable.add(part);
    }
  }
  await removeAllBut(folder, usable);
  await mkdir(folder, { recursive: true });
  await writeFile(source, manifest);
  return missing;
}

/** @param paths - below `folder`, with forward slashes */
async function removeAllBut(folder: string, paths: ReadonlySet<string>): Promise<void> {
  const kept = [...paths];
  const clear = async (below: string) => {
    for (const entry of await readdir(join(folder, below), { withFileTypes: true }).catch(() => [])) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (paths.has(path)) continue;
      if (entry.isDirectory() && kept.some((other) => other.startsWith(`${path}/`))) await clear(path);
      else await rm(join(folder, path), { recursive: true });
    }
  };
  await clear("");
}

/** A file of the manifest in the store, for `downloadFile`. */
function storedFile(objects: Store, prefix: string, { path, bytes, sha256 }: ManifestFile): RemoteFile {
  const key = `${prefix}/${path}`;
  const failure: RemoteFile["failure"] = (kind, problem, cause) =>
    kind === "wrong"
      ? new InvalidFileError(`${key} ${problem}; upload it again`, { cause })
      : new PipelineError(
          "fetch_failed",
          `${key}: ${problem}; check the bucket, the role's rights and the network: the next start keeps what arrived`,
          { retryable: true, cause },
        );
  const tooShort = (cause?: unknown) => failure("wrong", "is missing or shorter than its manifest says", cause);
  return {
    bytes,
    checksum: { kind: "sha256", hex: sha256 },
    failure,
    async read(start, end) {
      const part = await objects.getRange(key, start, end - 1).catch((error: unknown) => {
        throw error instanceof RangeError ? tooShort(error) : error;
      });
      if (part === undefined || part.bytes < end) throw tooShort();
      return { body: ReadableStream.from([part.body]), isWhole: false };
    },
  };
}
