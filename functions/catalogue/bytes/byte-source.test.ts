import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { collect } from "../../../test/support/collect.ts";
import { bytesSource, partsSource, streamBytes } from "./byte-source.ts";
import { spoolSource } from "./spool-source.ts";

const file = Uint8Array.from({ length: 50 }, (_, index) => index);

function inParts(...lengths: number[]) {
  let start = 0;
  return partsSource(
    lengths.map((length) => {
      const source = bytesSource(file.subarray(start, (start += length)));
      return source;
    }),
  );
}

it("reads ranges across parts, an empty part among them", async () => {
  const source = inParts(10, 0, 25, 15);
  expect(source.bytes).toBe(50);
  for (const [start, end] of [
    [0, 50],
    [0, 10],
    [9, 11],
    [10, 35],
    [5, 45],
    [49, 50],
    [20, 20],
  ] as const) {
    expect([...(await source.read(start, end))], `${start}..${end}`).toEqual([...file.subarray(start, end)]);
  }
});

it("refuses a part that is shorter than it should be, with the byte where it ends", async () => {
  const short = partsSource([
    { bytes: 10, read: async (start, end) => file.subarray(start, end) },
    { bytes: 10, read: async (start) => file.subarray(start, 4) },
  ]);
  await expect(short.read(8, 18)).rejects.toMatchObject({
    code: "upload_incomplete",
    message: expect.stringContaining("byte 14"),
  });
});

it("streams every byte once, from any start", async () => {
  const large = new Uint8Array(2_500_001).map((_, index) => index % 251);
  for (const start of [0, 999_999, 2_500_001]) {
    const pieces = await collect(streamBytes(bytesSource(large), start));
    expect(Buffer.concat(pieces).equals(large.subarray(start))).toBe(true);
    expect(pieces.every((piece) => piece.length <= 262_144)).toBe(true);
  }
});

it("spools a stream, and leaves no file behind", async () => {
  const folder = await mkdtemp(join(tmpdir(), "spool-"));
  try {
    const stream = async function* () {
      yield file.subarray(0, 20);
      yield file.subarray(20);
    };
    {
      await using source = await spoolSource(stream(), { folder, maxBytes: 50 });
      expect(source.bytes).toBe(50);
      expect([...(await source.read(15, 30))]).toEqual([...file.subarray(15, 30)]);
    }
    await expect(spoolSource(stream(), { folder, maxBytes: 49 })).rejects.toMatchObject({ code: "file_too_large" });
    expect(await readdir(folder)).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
