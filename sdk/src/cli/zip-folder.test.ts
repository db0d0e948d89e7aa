import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fromBufferPromise } from "yauzl";
import { UsageError } from "./command.ts";
import { zipFolder } from "./zip-folder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zip-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Names and contents, as a reader of ZIP files finds them. */
async function entriesOf(zip: Blob): Promise<[string, string][]> {
  const file = await fromBufferPromise(Buffer.from(await zip.arrayBuffer()), { lazyEntries: true, autoClose: false });
  const entries: [string, string][] = [];
  for await (const entry of file.eachEntry()) {
    const content = await buffer(await file.openReadStreamPromise(entry));
    expect(entry.crc32, entry.fileName).toBe(crc32(content));
    entries.push([entry.fileName, content.toString()]);
  }
  return entries;
}

it("holds the pictures of the folder and of those in it, by their paths, and no other file", async () => {
  mkdirSync(join(folder, "杯子"));
  writeFileSync(join(folder, "b.JPG"), "second");
  writeFileSync(join(folder, "a.png"), "first");
  writeFileSync(join(folder, "杯子", "c.webp"), "third");
  writeFileSync(join(folder, "notes.txt"), "no picture");
  expect(await entriesOf(await zipFolder(folder))).toEqual([
    ["a.png", "first"],
    ["b.JPG", "second"],
    ["杯子/c.webp", "third"],
  ]);
});

it("takes a folder that is called like a picture for a folder", async () => {
  mkdirSync(join(folder, "cups.png"));
  writeFileSync(join(folder, "cups.png", "a.png"), "first");
  expect(await entriesOf(await zipFolder(folder))).toEqual([["cups.png/a.png", "first"]]);
});

it("refuses a folder without pictures", async () => {
  mkdirSync(join(folder, "empty.png"));
  const refused = zipFolder(folder);
  await expect(refused).rejects.toThrow(UsageError);
  await expect(refused).rejects.toThrow(`no PNG, JPEG, WebP or AVIF file in ${folder}`);
});
