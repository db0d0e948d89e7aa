import { expect, it } from "vitest";
import yauzl from "yauzl";
import { zipPhotos } from "./zip-photos.ts";

/** Entries by name, read by a library. */
function entriesOf(zip: Blob): Promise<Map<string, Buffer>> {
  return zip.arrayBuffer().then(
    (bytes) =>
      new Promise((resolve, reject) => {
        yauzl.fromBuffer(Buffer.from(bytes), { lazyEntries: true, validateEntrySizes: true }, (error, file) => {
          if (error) return reject(error);
          const found = new Map<string, Buffer>();
          file.on("end", () => resolve(found));
          file.on("error", reject);
          file.on("entry", (entry: yauzl.Entry) =>
            file.openReadStream(entry, async (failed, stream) => {
              if (failed) return reject(failed);
              const pieces: Buffer[] = [];
              for await (const piece of stream) pieces.push(piece as Buffer);
              found.set(entry.fileName, Buffer.concat(pieces));
              file.readEntry();
            }),
          );
          file.readEntry();
        });
      }),
  );
}

it("packs the photos of a folder as they are, under their names", async () => {
  const folder = [
    { name: "red.JPG", file: new Blob([new Uint8Array([1, 2, 3])]) },
    { name: "notes.txt", file: new Blob(["no"]) },
    { name: "商品 2.png", file: new Blob([new Uint8Array(70_000).fill(7)]) },
  ];
  const entries = await entriesOf((await zipPhotos(folder))!);
  expect([...entries.keys()]).toEqual(["red.JPG", "商品 2.png"]);
  expect(entries.get("red.JPG")).toEqual(Buffer.from([1, 2, 3]));
  expect(entries.get("商品 2.png")).toEqual(Buffer.alloc(70_000, 7));
});

it("stores the checksum that ZIP asks for", async () => {
  // CRC-32 of "123456789" is 0xcbf43926, the check value of its catalogue entry; it stands at byte 14, little-endian.
  const zip = await zipPhotos([{ name: "a.png", file: new Blob(["123456789"]) }]);
  const bytes = Buffer.from(await zip!.arrayBuffer());
  expect(bytes.readUInt32LE(14)).toBe(0xcbf43926);
});

it("makes no ZIP of a folder without photos", async () => {
  expect(await zipPhotos([{ name: "notes.txt", file: new Blob(["no"]) }])).toBeNull();
});
