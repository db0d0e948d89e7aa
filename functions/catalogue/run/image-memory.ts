import { createHash } from "node:crypto";
import { fileExtensions, type ImageFormat } from "../../../shared/job.ts";
import type { ItemKey, Items, Json, Write } from "../../../shared/ports/items.ts";
import { recordType } from "../../../shared/ports/record.ts";
import type { KeptImage } from "../../runs/run.ts";
import type { DrawnHash } from "../plan/drawn-hash.ts";

/** What is remembered of a task under its run key, so that the next run draws only what has changed. */
export interface RememberedImage {
  readonly key: string;
  readonly hash: DrawnHash;
  readonly jobId: string;
  /** Raised each time the image is asked for again. */
  readonly version: number;
  readonly images: readonly KeptImage[];
  readonly drawnAt: number;
  readonly rejected?: boolean;
}

const record = recordType<RememberedImage>("remembered image", ["key", "hash", "images"]);

export async function recallImage(items: Items, owner: MemoryOwner, key: string): Promise<RememberedImage | undefined> {
  const item = await items.get(memoryKey(owner, key));
  return item && record.read(item);
}

export function rememberWrite(owner: MemoryOwner, image: RememberedImage): Write {
  return { put: { ...memoryKey(owner, image.key), data: record.write(image) as { [key: string]: Json } } };
}

export interface MemoryOwner {
  readonly accountId: string;
  readonly runKey: string;
}

/** SKUs are texts of any letters and up to 200 characters: a hash of them is a key in every store. */
function memoryKey({ accountId, runKey }: MemoryOwner, key: string): ItemKey {
  const digest = createHash("sha256").update(key).digest("hex").slice(0, 40);
  return { pk: `ACC#${accountId}#KEY#${runKey}`, sk: digest };
}

/** Named by content, beside all that is drawn under the key: the same bytes are kept once. */
export function keptKey({ accountId, runKey }: MemoryOwner, sha256: string, format: ImageFormat): string {
  return `k/${accountId}/${runKey}/${sha256}.${fileExtensions[format]}`;
}
