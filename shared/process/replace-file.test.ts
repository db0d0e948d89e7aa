import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { replaceFile } from "./replace-file.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "replace-"));
  path = join(folder, "file");
  await writeFile(path, "old");
});
afterEach(() => rm(folder, { recursive: true }));

it("shows the old file until the new one is whole", async () => {
  await replaceFile(path, join(folder, "file.tmp"), async (file) => {
    await file.write("new");
    expect(await readFile(path, "utf8")).toBe("old");
  });
  expect([await readFile(path, "utf8"), await readdir(folder)]).toEqual(["new", ["file"]]);
});

it("leaves the old file, and nothing else, when the writing fails", async () => {
  const failing = replaceFile(path, join(folder, "file.tmp"), async (file) => {
    await file.write("half");
    throw new Error("disk full");
  });
  await expect(failing).rejects.toThrow("disk full");
  expect([await readFile(path, "utf8"), await readdir(folder)]).toEqual(["old", ["file"]]);
});
