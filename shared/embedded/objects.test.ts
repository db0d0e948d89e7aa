import { existsSync, readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { objectsConformance } from "../../test/conformance/objects.conformance.ts";
import { retentionConformance } from "../../test/conformance/retention.conformance.ts";
import { temporaryFolder } from "../../test/conformance/temporary-folder.ts";
import { openEmbeddedObjects } from "./objects.ts";

objectsConformance("a folder", async () => openEmbeddedObjects(temporaryFolder()));
retentionConformance("a folder", async () => openEmbeddedObjects(temporaryFolder()));

describe("objects in a folder", () => {
  const text = { contentType: "text/plain" };

  it("begins each file with the object's own bytes", async () => {
    const folder = temporaryFolder();
    await openEmbeddedObjects(folder).put("o/a.txt", Buffer.from("hello"), text);
    expect(readFileSync(join(folder, "objects", "o", "a.txt@"), "latin1")).toBe("hellotext/plain\u000a\0\0\0");
  });

  it("leaves nothing unfinished behind, and clears what a killed writer left long ago", async () => {
    const folder = temporaryFolder();
    const objects = openEmbeddedObjects(folder);
    await objects.putIfAbsent("a", Buffer.from("1"), text);
    await objects.putIfAbsent("a", Buffer.from("2"), text);
    const unfinished = join(folder, "unfinished");
    expect(readdirSync(unfinished)).toEqual([]);
    for (const name of ["old", "new"]) writeFileSync(join(unfinished, name), "half");
    utimesSync(join(unfinished, "old"), 0, 0);
    openEmbeddedObjects(folder);
    expect(readdirSync(unfinished)).toEqual(["new"]);
  });

  it("says so when a file was cut by somebody else", async () => {
    const folder = temporaryFolder();
    const objects = openEmbeddedObjects(folder);
    await objects.put("a", Buffer.from("hello"), text);
    truncateSync(join(folder, "objects", "a@"), 3);
    await expect(objects.get("a")).rejects.toThrow(/object a .*changed by another program/);
  });

  it("removes a folder with its last object, and stores into one that is being removed", async () => {
    const folder = temporaryFolder();
    const objects = openEmbeddedObjects(folder);
    await objects.put("o/job_1/a", Buffer.from("1"), text);
    await objects.put("o/job_2/a", Buffer.from("1"), text);
    await objects.delete("o/job_1/a");
    expect(readdirSync(join(folder, "objects", "o"))).toEqual(["job_2"]);
    const other = openEmbeddedObjects(folder);
    for (let round = 0; round < 50; round++) {
      await objects.put("o/x/y/a", Buffer.from("1"), text);
      await Promise.all([objects.delete("o/x/y/a"), other.put("o/x/y/b", Buffer.from("2"), text)]);
      expect(Buffer.from((await objects.get("o/x/y/b"))!.body).toString()).toBe("2");
      await other.delete("o/x/y/b");
    }
  });

  it("has no links of its own", async () => {
    const objects = openEmbeddedObjects(temporaryFolder());
    expect(await objects.presign("a", { expiresInS: 60 })).toBeUndefined();
    expect(await objects.presignPut("a", { expiresInS: 60, contentType: "image/png", bytes: 1 })).toBeUndefined();
    await objects.close();
  });

  it("makes its folder", () => {
    const folder = join(temporaryFolder(), "not", "there");
    openEmbeddedObjects(folder);
    expect(existsSync(join(folder, "objects"))).toBe(true);
  });
});
