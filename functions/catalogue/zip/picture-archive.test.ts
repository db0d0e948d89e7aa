import { expect, it } from "vitest";
import { encodeText } from "../../../test/support/catalogue/encode-text.ts";
import { writeZip } from "../../../test/support/catalogue/write-zip.ts";
import { bytesSource } from "../bytes/byte-source.ts";
import { PictureArchive } from "./picture-archive.ts";

async function bodyOf(archive: PictureArchive, name: string): Promise<string> {
  const found = archive.find(name, 3);
  if (found === undefined || "problem" in found) throw new Error(`${name} is not there`);
  return Buffer.from(await archive.read(found.entry)).toString();
}

it("finds pictures by their last name, whatever the folder and the case, packed or stored", async () => {
  const archive = await PictureArchive.open(
    bytesSource(
      writeZip([
        { name: "photos/", body: "" },
        { name: "photos/Main/A-1.JPG", body: "one" },
        { name: "b-2.png", body: "two", deflate: false },
        { name: "__MACOSX/photos/._A-1.JPG", body: "x" },
        { name: "photos/.DS_Store", body: "x" },
      ]),
    ),
  );
  expect(archive.pictures).toBe(2);
  expect(await bodyOf(archive, "a-1.jpg")).toBe("one");
  expect(await bodyOf(archive, "other/folder/B-2.PNG")).toBe("two");
  expect(archive.find("c.jpg", 3)).toBeUndefined();
  expect(archive.ambiguous()).toEqual([]);
});

it("refuses two of one name by that name, and no other", async () => {
  const file = writeZip([
    { name: "front/a.jpg", body: "1" },
    { name: "back/A.jpg", body: "2" },
    { name: "b.jpg", body: "3" },
  ]);
  const archive = await PictureArchive.open(bytesSource(file));
  expect(archive.find("a.jpg", 7)).toMatchObject({
    problem: {
      code: "picture_name_ambiguous",
      line: 7,
      message: { en: expect.stringContaining("front/a.jpg, back/A.jpg") },
    },
  });
  expect(archive.ambiguous()).toHaveLength(1);
  expect(await bodyOf(archive, "b.jpg")).toBe("3");
});

it("reads names in GBK that are not marked as such", async () => {
  const utf8 = Buffer.from(writeZip([{ name: "NAMEXXXX", body: "red" }]));
  const gbk = encodeText("红包.jpg", "gb18030");
  for (let at = utf8.indexOf("NAMEXXXX"); at >= 0; at = utf8.indexOf("NAMEXXXX")) utf8.set(gbk, at);
  expect(await bodyOf(await PictureArchive.open(bytesSource(utf8)), "红包.jpg")).toBe("red");
});

it("reads the directory and single pictures by ranges", async () => {
  const entries = Array.from({ length: 300 }, (_, index) => ({
    name: `${index}.jpg`,
    body: Buffer.alloc(10_000, index),
    deflate: false,
  }));
  const file = writeZip(entries);
  let bytesRead = 0;
  let reads = 0;
  const source = {
    bytes: file.length,
    read: async (start: number, end: number) => {
      bytesRead += end - start;
      reads++;
      return file.subarray(start, end);
    },
  };
  const archive = await PictureArchive.open(source);
  expect(await bodyOf(archive, "150.jpg")).toHaveLength(10_000);
  expect(reads).toBeLessThan(8);
  expect(bytesRead).toBeLessThan(file.length / 2);
});

it.each([
  [
    "too many entries",
    writeZip(Array.from({ length: 60_001 }, (_, index) => ({ name: `${index}`, body: "", deflate: false }))),
    "file_inflates_too_much",
  ],
  ["a password", writeZip([{ name: "a.jpg", body: "x", encrypted: true }]), "file_encrypted"],
  ["something else", Buffer.from("no ZIP at all, but long enough to look for its end"), "file_damaged"],
])("refuses %s", async (_, file, code) => {
  await expect(PictureArchive.open(bytesSource(file))).rejects.toMatchObject({ code });
});

it("refuses more than two gigabytes before it reads", async () => {
  const source = { bytes: 2_000_000_001, read: async () => new Uint8Array() };
  await expect(PictureArchive.open(source)).rejects.toMatchObject({ code: "file_too_large" });
});

it("refuses a picture that unpacks to more than fifty megabytes by its name", async () => {
  const file = writeZip([{ name: "big.png", body: "x", declaredBytes: 50_000_001 }]);
  const archive = await PictureArchive.open(bytesSource(file));
  expect(archive.find("big.png", 2)).toMatchObject({ problem: { code: "picture_too_large", line: 2 } });
});
