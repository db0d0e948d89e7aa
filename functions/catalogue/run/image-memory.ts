import { createHash } from "node:crypto";
import type { ThumbnailSide } from "../../../shared/images/thumbnails.ts";
import { fileExtensions, type ImageFormat } from "../../../shared/job.ts";
import type { ItemInput, ItemKey, Items, Json } from "../../../shared/ports/items.ts";
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
  /** Its caller does not want it: the next run draws it again. */
  readonly rejected?: boolean;
  /** What its caller asked of this image beside its shot; the next run asks the same. */
  readonly overrides?: DrawingOverrides;
}

/** Wishes for one image that go beyond its shot. */
export interface DrawingOverrides {
  readonly seed?: number;
  readonly strength?: number;
  /** Appended to the prompt. */
  readonly promptSuffix?: string;
}

const record = recordType<RememberedImage>("remembered image", ["key", "hash", "images"]);

export async function recallImage(items: Items, owner: MemoryOwner, key: string): Promise<RememberedImage | undefined> {
  const item = await items.get(memoryKey(owner, key));
  return item && record.read(item);
}

export function rememberWrite(owner: MemoryOwner, image: RememberedImage): { readonly put: ItemInput } {
  return { put: { ...memoryKey(owner, image.key), data: record.write(image) as { [key: string]: Json } } };
}

/** @throws ItemsConditionFailed where somebody else changes it at the same moment */
export async function changeRemembered(
  items: Items,
  owner: MemoryOwner,
  key: string,
  change: (image: RememberedImage) => RememberedImage | undefined,
): Promise<void> {
  const item = await items.get(memoryKey(owner, key));
  const changed = item && change(record.read(item));
  if (changed === undefined) return;
  await items.write([{ ...rememberWrite(owner, changed), if: { version: item!.version } }]);
}

export interface MemoryOwner {
  readonly accountId: string;
  readonly runKey: string;
}

function memoryKey(owner: MemoryOwner, key: string): ItemKey {
  return { pk: memoryPartition(owner), sk: taskDigest(key) };
}

/** Partition of all that is remembered under a run key. */
export function memoryPartition({ accountId, runKey }: MemoryOwner): string {
  return `ACC#${accountId}#KEY#${runKey}`;
}

/** SKUs are texts of any letters and up to 200 characters: a hash of them is a key in every store. */
export function taskDigest(key: string): string {
  return createHash("sha256").update(key).digest("hex").slice(0, 40);
}

/** Named by content, beside all that is drawn under the key: the same bytes are kept once. */
export function keptKey({ accountId, runKey }: MemoryOwner, sha256: string, format: ImageFormat): string {
  return `k/${accountId}/${runKey}/${sha256}.${fileExtensions[format]}`;
}

/** Side in pixels of the small copy that is kept beside an image. */
export const keptThumbnailSide = 256 satisfies ThumbnailSide;
