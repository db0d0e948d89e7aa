import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { filesUnlikeMakers, filesUnlikeReports } from "./makers-checksums.ts";

/** The tokenizer as Z-Image-Turbo's makers publish it. */
const publishedTokenizer = join(
  import.meta.dirname,
  "../../../test/golden/checkpoints/tiny-turbo/tokenizer/tokenizer.json",
);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "makers-"));
  for (const part of ["tokenizer", "vae"]) mkdirSync(join(folder, part));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("finds nothing wrong with a file as it was published, nor with those that are not there", async () => {
  copyFileSync(publishedTokenizer, join(folder, "tokenizer/tokenizer.json"));
  expect(await filesUnlikeMakers("z-image-turbo", folder)).toEqual([]);
});

it("names each file that differs, with both checksums", async () => {
  writeFileSync(join(folder, "tokenizer/tokenizer.json"), "abc");
  writeFileSync(join(folder, "vae/diffusion_pytorch_model.safetensors"), "");
  // The MD5 of "abc" and of nothing is in RFC 1321.
  expect(await filesUnlikeMakers("z-image-turbo", folder)).toEqual([
    expect.stringMatching(
      /^tokenizer\/tokenizer\.json .* its MD5 is 900150983cd24fb0d6963f7d28e17f72, theirs 6423133b/,
    ),
    expect.stringMatching(/^vae\/diffusion_pytorch_model\.safetensors .* is d41d8cd98f00b204e9800998ecf8427e, theirs /),
  ]);
});

it("has nothing to compare the files of other models with", async () => {
  writeFileSync(join(folder, "tokenizer/tokenizer.json"), "abc");
  expect(await filesUnlikeMakers("z-image", folder)).toEqual([]);
});

it("names a file of a small form that differs from the one that others have", () => {
  const vae = { path: "vae/ae.safetensors", sha256: "0".repeat(64) };
  expect(filesUnlikeReports([vae, { path: "scheduler/scheduler_config.json", sha256: "1".repeat(64) }])).toEqual([
    expect.stringMatching(/^vae\/ae\.safetensors .* its SHA-256 is 0{64}, theirs afc8e282/),
  ]);
  const published = { ...vae, sha256: "afc8e28272cd15db3919bacdb6918ce9c1ed22e96cb12c4d5ed0fba823529e38" };
  expect(filesUnlikeReports([published])).toEqual([]);
});
