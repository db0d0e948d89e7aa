import { expect, it } from "vitest";
import { SourceReader } from "./source-reader.ts";

const file = Buffer.from(Array.from({ length: 600_000 }, (_, index) => index % 251));

/** A reader of that file, and the ranges that it fetched. */
function opened(read = async (start: number, end: number): Promise<Uint8Array> => file.subarray(start, end)) {
  const fetched: (readonly [number, number])[] = [];
  const reader = new SourceReader({
    bytes: file.length,
    read: (start, end) => {
      fetched.push([start, end]);
      return read(start, end);
    },
  });
  const bytes = (position: number, length: number) => {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const buffer = Buffer.alloc(length + 2);
    reader.read(buffer, 1, length, position, (error) => (error ? reject(error) : resolve(buffer)));
    return promise;
  };
  return { reader, fetched, bytes };
}

it("fetches a block once for the reads that lie in it, and puts bytes where they are asked for", async () => {
  const { bytes, fetched } = opened();
  expect(await bytes(1_000, 3)).toEqual(Buffer.from([0, ...file.subarray(1_000, 1_003), 0]));
  expect(await bytes(200_000, 2)).toEqual(Buffer.from([0, ...file.subarray(200_000, 200_002), 0]));
  expect(fetched).toEqual([[1_000, 263_144]]);
  await bytes(599_998, 2);
  expect(fetched.at(-1)).toEqual([599_998, 600_000]);
});

it("refuses to read past the end, which is a fault of the file", async () => {
  const { bytes, reader, fetched } = opened();
  await expect(bytes(599_999, 2)).rejects.toThrow("the file ends too early");
  expect([reader.failure, fetched]).toEqual([undefined, []]);
});

it("remembers why the source could not be read", async () => {
  const failure = new Error("the store is down");
  const { bytes, reader } = opened(() => Promise.reject(failure));
  await expect(bytes(0, 4)).rejects.toBe(failure);
  expect(reader.failure).toBe(failure);
});

it("streams a range block by block", async () => {
  const { reader, fetched } = opened();
  const pieces: Buffer[] = [];
  for await (const piece of reader._readStreamForRange(10, 300_000)) pieces.push(piece as Buffer);
  expect(Buffer.concat(pieces).equals(file.subarray(10, 300_000))).toBe(true);
  expect(fetched).toEqual([
    [10, 262_154],
    [262_154, 300_000],
  ]);
});
