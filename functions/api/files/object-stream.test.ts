import { expect, it } from "vitest";
import { createMemoryObjects } from "../../../test/support/memory-objects.ts";
import { objectStream } from "./object-stream.ts";

const bytes = Uint8Array.from({ length: 1_200_000 }, (_, i) => i % 251);

/** An object of three pieces, with the first byte of each read. */
async function stored() {
  const objects = createMemoryObjects({ clock: { now: () => 0 } });
  await objects.put("a", bytes, { contentType: "text/plain" });
  const reads: number[] = [];
  const getRange: typeof objects.getRange = (key, start, end) => {
    reads.push(start);
    return objects.getRange(key, start, end);
  };
  return { reads, objects: { getRange } };
}

it("gives the whole object, and the part of a range", async () => {
  const { objects } = await stored();
  expect(Buffer.compare(await collect(await objectStream(objects, "a")), bytes)).toBe(0);
  const part = await collect(await objectStream(objects, "a", { range: [499_990, 1_000_010] }));
  expect(Buffer.compare(part, bytes.subarray(499_990, 1_000_011))).toBe(0);
});

it("reads no further than is taken", async () => {
  const { objects, reads } = await stored();
  const reader = (await objectStream(objects, "a")).getReader();
  expect(reads).toEqual([0]);
  await reader.read();
  await reader.read();
  expect(reads).toEqual([0, 500_000]);
});

it("says at once that the object is gone", async () => {
  const { objects } = await stored();
  await expect(objectStream(objects, "b")).rejects.toMatchObject({ code: "file_not_found" });
});

const collect = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) =>
  Buffer.from(await new Response(stream).arrayBuffer());
