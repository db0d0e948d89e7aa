import { gunzipSync, gzipSync } from "node:zlib";
import type { Items } from "../../../../shared/ports/items.ts";
import type { Objects } from "../../../../shared/ports/objects.ts";
import { type MemoryOwner, memoryPartition } from "../../run/image-memory.ts";
import type { Channel } from "./channels.ts";

/** What a channel has been given: the SHA-256 of each image's content, by task and variation. */
export type ExportMarks = ReadonlyMap<string, string>;

export interface StoredMarks {
  readonly marks: ExportMarks;
  /** Of the item that names them; absent before the first export. */
  readonly version?: number;
}

/** One object holds the marks of a channel, some 80 bytes an image; an item says which. */
export async function readMarks(
  owner: MemoryOwner,
  channel: Channel,
  { items, objects }: { readonly items: Items; readonly objects: Objects },
): Promise<StoredMarks> {
  const item = await items.get(markKey(owner, channel));
  if (item === undefined) return { marks: new Map() };
  const stored = await objects.get(String(item.data.object));
  if (stored === undefined) throw new Error(`the marks of the exports to ${channel} are gone`);
  const marks = JSON.parse(gunzipSync(stored.body).toString("utf8")) as readonly (readonly [string, string])[];
  return { marks: new Map(marks), version: item.version };
}

/**
 * Adds what a channel has now been given.
 * @param id - a fresh id, which names the object
 * @throws ItemsConditionFailed where another export to the channel ended meanwhile
 */
export async function addMarks(
  owner: MemoryOwner,
  channel: Channel,
  { before, added, id }: { readonly before: StoredMarks; readonly added: ExportMarks; readonly id: string },
  { items, objects }: { readonly items: Items; readonly objects: Objects },
): Promise<void> {
  const object = `k/${owner.accountId}/${owner.runKey}/exported-${channel}-${id}.json.gz`;
  const marks = [...new Map([...before.marks, ...added])];
  await objects.put(object, gzipSync(JSON.stringify(marks)), { contentType: "application/gzip" });
  const condition = before.version === undefined ? ({ absent: true } as const) : { version: before.version };
  await items.write([{ put: { ...markKey(owner, channel), data: { object } }, if: condition }]);
}

function markKey(owner: MemoryOwner, channel: Channel) {
  return { pk: `${memoryPartition(owner)}#EXPORTED`, sk: channel };
}
