import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../../test/conformance/temporary-folder.ts";
import { candidatesIn, candidatesUnder, folderOfName, foldersAround, isWeightsFile, shardCount } from "./part-files.ts";

function tree(...files: readonly string[]): string {
  const root = temporaryFolder();
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), "");
  }
  return root;
}
const names = (root: string, paths: readonly string[]) => paths.map((path) => relative(root, path) || ".");

it("takes weights files for what may hold a component, pickles and broken links for what to speak of", () => {
  const root = tree("b.SFT", "a.safetensors", "c.gguf", "old.ckpt", "readme.md", ".hidden.safetensors");
  symlinkSync("/absent", join(root, "link.safetensors"));
  expect(names(root, candidatesIn(root))).toEqual(["a.safetensors", "b.SFT", "c.gguf", "link.safetensors", "old.ckpt"]);
  expect(isWeightsFile(join(root, "b.SFT"))).toBe(true);
  for (const no of ["old.ckpt", "link.safetensors", "gone.gguf"]) expect(isWeightsFile(join(root, no)), no).toBe(false);
});

it("takes the folder in place of its shards, where they have their index", () => {
  const shards = ["m-00001-of-00002.safetensors", "m-00002-of-00002.safetensors", "other.safetensors"];
  const without = tree(...shards);
  expect(names(without, candidatesIn(without))).toEqual(shards);
  const root = tree(...shards, "m.safetensors.index.json");
  expect(names(root, candidatesIn(root))).toEqual([".", "other.safetensors"]);
});

it.each([
  ["m-00001-of-00003.safetensors", 3],
  ["/x/m-00001-of-00001.safetensors", undefined],
  ["m.safetensors", undefined],
])("counts the shards of %s: %s", (path, count) => {
  expect(shardCount(path)).toBe(count);
});

it("looks in folders of folders, four deep, and a thousand files far", () => {
  const root = tree("z.gguf", "a/b/c/d/deep.gguf", "a/b/c/d/e/deeper.gguf");
  expect(names(root, candidatesUnder(root))).toEqual(["z.gguf", "a/b/c/d/deep.gguf"]);
  expect(candidatesUnder(undefined)).toEqual([]);
  expect(candidatesUnder(join(root, "gone"))).toEqual([]);
  const many = tree(...Array.from({ length: 1001 }, (_, i) => `a/${i}.gguf`), "b/late.gguf");
  expect(names(many, candidatesUnder(many))).not.toContain("b/late.gguf");
});

it("finds a folder in any case, and no file of that name", () => {
  const root = tree("VAE/ae.safetensors", "clip");
  expect(folderOfName(root, "vae")).toBe(join(root, "VAE"));
  expect(folderOfName(root, "clip")).toBeUndefined();
  expect(folderOfName(root, "unet")).toBeUndefined();
});

it("lists the folders above a file, up to the root", () => {
  expect(foldersAround("/a/b/c.gguf", 1)).toEqual(["/a/b", "/a"]);
  expect(foldersAround("/a/c.gguf", 4)).toEqual(["/a", "/"]);
});
