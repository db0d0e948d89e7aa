import { gunzipSync, gzipSync } from "node:zlib";
import type { Objects } from "../../../shared/ports/objects.ts";
import type { MemoryOwner } from "./image-memory.ts";

/**
 * SKUs that have images under a run key: one object, some 20 bytes each. It only serves to say which of them a later
 * file has no more; two runs that end at the same moment may forget some of the other's.
 */
export async function readKnownSkus(owner: MemoryOwner, objects: Objects): Promise<ReadonlySet<string>> {
  const stored = await objects.get(objectKey(owner));
  return new Set(stored && (JSON.parse(gunzipSync(stored.body).toString("utf8")) as string[]));
}

/** Adds what a run has images of. */
export async function addKnownSkus(owner: MemoryOwner, skus: ReadonlySet<string>, objects: Objects): Promise<void> {
  const known = await readKnownSkus(owner, objects);
  const all = new Set([...known, ...skus]);
  if (all.size === known.size) return;
  await objects.put(objectKey(owner), gzipSync(JSON.stringify([...all])), { contentType: "application/gzip" });
}

function objectKey({ accountId, runKey }: MemoryOwner): string {
  return `k/${accountId}/${runKey}/skus.json.gz`;
}
