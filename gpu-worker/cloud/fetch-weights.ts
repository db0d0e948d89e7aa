import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as z from "zod";
import { InvalidFileError, PipelineError } from "../../shared/errors.ts";
import { type Clock, systemClock } from "../../shared/ports/clock.ts";
import type { Objects } from "../../shared/ports/objects.ts";

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
  /** For the waits between tries. @default systemClock */
  readonly clock?: Clock;
  /** 0..1, spreads the waits. @default Math.random */
  readonly random?: () => number;
}

const marker = ".manifest";
/** Requests of one part. The SDK repeats a request, but not one whose body breaks off. */
const maxTries = 6;

/**
 * Brings the weights under `prefix` into `folder`: in parts and in parallel, each file checked against the manifest, the whole
 * moved into place at the end. Does nothing when the same manifest was fetched before, so the next worker on a machine starts at
 * once. A crash or a failure leaves a folder beside it, of which the next fetch keeps the files that are right.
 *
 * @returns bytes that were fetched, 0 when all were there
 * @throws PipelineError `weights_missing`, or `fetch_failed` when the store does not answer; InvalidFileError when a file is not
 * what the manifest says. Nothing is under way any more then
 */
export async function fetchWeights(
  objects: Pick<Objects, "get" | "getRange">,
  prefix: string,
  folder: string,
  { parallel = 12, partBytes = 16 * 2 ** 20, clock = systemClock, random = Math.random }: FetchWeightsOptions = {},
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
  const right = await keepRight(partial, files);
  const missing = files.filter(({ path }) => !right.has(path));
  const parts: Part[] = [];
  for (const { path, bytes } of missing) {
    await mkdir(dirname(join(partial, path)), { recursive: true });
    await writeFile(join(partial, path), "");
    for (let start = 0; start < bytes; start += partBytes) {
      parts.push({ path, start, end: Math.min(start + partBytes, bytes) - 1 });
    }
  }
  const queue = parts.values();
  const stop = new AbortController();
  const work = async () => {
    for (const part of queue) {
      const body = await getPart(objects, prefix, part, { clock, random, signal: stop.signal });
      await writePart(join(partial, part.path), body, part.start);
    }
  };
  await Promise.allSettled(
    Array.from({ length: Math.max(1, Math.min(parallel, parts.length)) }, () =>
      work().catch((error: unknown) => stop.abort(error)),
    ),
  );
  stop.signal.throwIfAborted();
  for (const { path, sha256 } of missing) {
    const got = await sha256OfFile(join(partial, path));
    if (got !== sha256) {
      throw new InvalidFileError(`${prefix}/${path} has SHA-256 ${got}, its manifest says ${sha256}; upload it again`);
    }
  }
  await writeFile(join(partial, marker), text);
  await rm(folder, { recursive: true, force: true });
  await rename(partial, folder);
  return missing.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Removes from `folder` everything but the files that are what the manifest says, for it is to become the model. @returns their paths */
async function keepRight(folder: string, files: WeightsManifest["files"]): Promise<ReadonlySet<string>> {
  const right = new Set<string>();
  for (const { path, bytes, sha256 } of files) {
    const there = await stat(join(folder, path)).catch(() => undefined);
    // A file that has its length may still have holes.
    if (there?.isFile() && there.size === bytes && (await sha256OfFile(join(folder, path))) === sha256) right.add(path);
  }
  const clear = async (below: string) => {
    for (const entry of await readdir(join(folder, below), { withFileTypes: true }).catch(() => [])) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (right.has(path)) continue;
      if (entry.isDirectory() && files.some((file) => file.path.startsWith(`${path}/`))) await clear(path);
      else await rm(join(folder, path), { recursive: true });
    }
  };
  await clear("");
  return right;
}

interface Part {
  readonly path: string;
  readonly start: number;
  /** Inclusive. */
  readonly end: number;
}

/** The bytes of one part, asked for again after a pause when the store fails or the connection breaks off. */
async function getPart(
  objects: Pick<Objects, "getRange">,
  prefix: string,
  { path, start, end }: Part,
  { clock, random, signal }: { readonly clock: Clock; readonly random: () => number; readonly signal: AbortSignal },
): Promise<Uint8Array> {
  const key = `${prefix}/${path}`;
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    let failure: unknown;
    try {
      const part = await objects.getRange(key, start, end);
      if (part === undefined || part.bytes <= end) throw shorter(key);
      if (part.body.byteLength === end - start + 1) return part.body;
      failure = new Error(`the answer has ${part.body.byteLength} of ${end - start + 1} bytes`);
    } catch (error) {
      if (error instanceof InvalidFileError) throw error;
      if (error instanceof RangeError) throw shorter(key, error);
      failure = error;
    }
    if (tries === maxTries) {
      throw new PipelineError(
        "fetch_failed",
        `${key}: ${failure instanceof Error ? failure.message : String(failure)}, ${maxTries} times in a row; ` +
          "check the bucket, the role's rights and the network: the next start keeps the files that are whole",
        { retryable: true, cause: failure },
      );
    }
    await clock.sleep(500 * 2 ** (tries - 1) * (0.5 + random()), signal);
  }
}

function shorter(key: string, cause?: unknown): InvalidFileError {
  return new InvalidFileError(`${key} is missing or shorter than its manifest says; upload it again`, { cause });
}

async function writePart(path: string, bytes: Uint8Array, position: number): Promise<void> {
  await using file = await open(path, "r+");
  for (let done = 0; done < bytes.byteLength; ) {
    done += (await file.write(bytes, done, bytes.byteLength - done, position + done)).bytesWritten;
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
