import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../../test/conformance/temporary-folder.ts";
import { configPath, releasedFolder } from "./component-config.ts";

const folder = temporaryFolder();
const write = (path: string) => {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), "{}");
  return join(folder, path);
};
const file = write("tiny-base-single-file.safetensors");
const released = join(releasedFolder, "z-image-turbo", "transformer", "config.json");

it("is beside the weights of a folder, whether the folder is there or not", () => {
  expect(configPath("vae", join(folder, "vae"))).toBe(join(folder, "vae", "config.json"));
});

it("is that of the released model for a file alone", () => {
  expect(configPath("transformer", file)).toBe(released);
});

it("is that of the folder with the longest name that begins the file's", () => {
  write("tiny/transformer/config.json");
  expect(configPath("transformer", file)).toBe(join(folder, "tiny/transformer/config.json"));
  const longer = write("tiny-base/transformer/config.json");
  expect(configPath("transformer", file)).toBe(longer);
  expect(configPath("vae", file)).toBe(join(releasedFolder, "z-image-turbo", "vae", "config.json"));
  // A name that only begins alike is another model's.
  expect(configPath("transformer", write("tinybase.safetensors"))).toBe(released);
});
