import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type Entry, fromBuffer } from "yauzl";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { type OpenEntry, type ZipEntry, zipLayout } from "./zip-layout.ts";

const contents = [Buffer.from("one"), Buffer.alloc(70_000, 7), Buffer.alloc(0), Buffer.from("四")];
const names = ["N-001_main_1.jpg", "folder/N-002.jpg", "empty.txt", "商品 图.jpg"];
const entries: ZipEntry[] = contents.map((content, index) => ({
  name: names[index]!,
  size: content.length,
  crc32: crc32(content),
}));

const open: OpenEntry = async function* (index, start, end) {
  const content = contents[index]!.subarray(start, end + 1);
  yield content.subarray(0, 10);
  if (content.length > 10) yield content.subarray(10);
};

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

describe("zipLayout", () => {
  it("is read back with names and checksums", async () => {
    const layout = zipLayout(entries);
    const bytes = await bytesOf(layout.read(0, layout.size - 1, open));
    expect(bytes.length).toBe(layout.size);
    expect(await readBack(bytes)).toEqual(
      entries.map(({ name }, index) => [name, contents[index]!.toString("base64")]),
    );
  });

  it("gives the same bytes in any range", async () => {
    const layout = zipLayout(entries);
    const whole = await bytesOf(layout.read(0, layout.size - 1, open));
    const random = seededRandom(5);
    for (let round = 0; round < 300; round++) {
      const start = Math.floor(random() * layout.size);
      const end = start + Math.floor(random() * (layout.size - start));
      expect((await bytesOf(layout.read(start, end, open))).equals(whole.subarray(start, end + 1))).toBe(true);
    }
  });

  it("ends with records of 64 bits beyond 4 GB and 65,535 files, and without them below", async () => {
    const large = [
      { name: "a", size: 5_000_000_000, crc32: 1 },
      { name: "b", size: 3, crc32: 2 },
    ];
    const layout = zipLayout(large);
    const tail = await bytesOf(layout.read(5_000_000_000 + 51, layout.size - 1, zeros));
    const end64 = tail.indexOf(Buffer.from([0x50, 0x4b, 6, 6]));
    expect(tail.readBigUInt64LE(end64 + 32)).toBe(2n);
    const centralAt = Number(tail.readBigUInt64LE(end64 + 48));
    const central = tail.subarray(centralAt - (layout.size - tail.length));
    expect(central.readUInt32LE(0)).toBe(0x02014b50);
    expect(central.readUInt32LE(24)).toBe(0xffff_ffff);
    expect(central.readBigUInt64LE(46 + 1 + 4)).toBe(5_000_000_000n);
    const many = zipLayout(Array.from({ length: 65_535 }, (_, index) => ({ name: `${index}`, size: 0, crc32: 0 })));
    expect((await bytesOf(many.read(many.size - 22, many.size - 1, zeros))).readUInt16LE(10)).toBe(0xffff);
    expect((await bytesOf(many.read(many.size - 98, many.size - 95, zeros))).readUInt32LE(0)).toBe(0x06064b50);
    const few = zipLayout([{ name: "a", size: 0, crc32: 0 }]);
    expect(few.size).toBe(30 + 1 + 46 + 1 + 22);
    expect(zipLayout([]).size).toBe(22);
  });

  it("breaks off where a file is not as long as promised", async () => {
    const layout = zipLayout([{ name: "a", size: 4, crc32: 0 }]);
    const short: OpenEntry = async function* () {
      yield new Uint8Array(3);
    };
    const long: OpenEntry = async function* () {
      yield new Uint8Array(5);
    };
    for (const content of [short, long]) {
      await expect(bytesOf(layout.read(0, layout.size - 1, content))).rejects.toThrow('content of "a"');
    }
  });

  it.each([
    [[{ name: "../a", size: 1, crc32: 0 }], "not a name"],
    [[{ name: "/a", size: 1, crc32: 0 }], "not a name"],
    [[{ name: "a\\b", size: 1, crc32: 0 }], "not a name"],
    [[{ name: "", size: 1, crc32: 0 }], "not a name"],
    [[{ name: "a", size: 1.5, crc32: 0 }], "whole number"],
    [[{ name: "a", size: 1, crc32: -1 }], "unsigned"],
    [[entries[0]!, entries[0]!], "two entries"],
  ])("refuses %j", (bad, message) => {
    expect(() => zipLayout(bad)).toThrow(message);
  });

  it("refuses a range outside the archive", async () => {
    const layout = zipLayout(entries);
    for (const [start, end] of [
      [-1, 3],
      [5, 4],
      [0, layout.size],
    ]) {
      await expect(bytesOf(layout.read(start!, end!, open))).rejects.toThrow(RangeError);
    }
  });
});

const zeros: OpenEntry = async function* (_index, start, end) {
  yield new Uint8Array(end - start + 1);
};

/** By yauzl, the reader that imports use. */
function readBack(bytes: Buffer): Promise<[string, string][]> {
  return new Promise((resolve, reject) => {
    fromBuffer(bytes, { lazyEntries: true }, (error, zip) => {
      if (error) return reject(error);
      const found: [string, string][] = [];
      zip.on("error", reject);
      zip.on("end", () => resolve(found));
      zip.on("entry", (entry: Entry) => {
        zip.openReadStream(entry, async (failure, stream) => {
          if (failure) return reject(failure);
          const content = Buffer.concat(await stream.toArray());
          if (crc32(content) !== entry.crc32) return reject(new Error(`${entry.fileName}: wrong checksum`));
          found.push([entry.fileName, content.toString("base64")]);
          zip.readEntry();
        });
      });
      zip.readEntry();
    });
  });
}
