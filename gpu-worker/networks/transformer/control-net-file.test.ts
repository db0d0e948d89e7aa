import { cpSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { InvalidFileError } from "../../../shared/errors.ts";
import { temporaryFolder } from "../../../test/conformance/temporary-folder.ts";
import { goldenConfig } from "../../../test/support/engine/golden-audit.ts";
import { goldenCheckpoint } from "../../../test/support/engine/golden-tensors.ts";
import { transformerConfig } from "../../graph/architectures/z-image-config.ts";
import { openControlNet } from "./control-net-file.ts";

const base = goldenConfig("tiny-turbo/transformer", transformerConfig);
const folder = goldenCheckpoint("tiny-controlnet-1.0");

it("opens a folder by its configuration", async () => {
  const { path, config, checkpoint } = await openControlNet(folder, base);
  expect([path, config.refiner, config.dim]).toEqual([folder, "plain", base.dim]);
  expect(checkpoint.tensors.has("control_layers.0.before_proj.weight")).toBe(true);
});

it.each([
  ["of another width", { ...base, dim: 8 }, /is for a transformer of width 72 .*; this one has width 8 and 2 layers/],
  ["with fewer layers", { ...base, layers: 1 }, /at least 2 layers; this one has width 72 and 1 layers/],
])("refuses a transformer %s", async (_, other, message) => {
  await expect(openControlNet(folder, other)).rejects.toThrow(InvalidFileError);
  await expect(openControlNet(folder, other)).rejects.toThrow(message);
});

it("refuses a file alone whose tensors leave its places open, and a path where nothing is", async () => {
  const alone = join(temporaryFolder(), "net.safetensors");
  cpSync(join(folder, "diffusion_pytorch_model.safetensors"), alone);
  await expect(openControlNet(alone, base)).rejects.toThrow("put it in a folder with the config.json");
  const vae = join(goldenCheckpoint("tiny-turbo/vae"), "diffusion_pytorch_model.safetensors");
  await expect(openControlNet(vae, base)).rejects.toThrow("holds an autoencoder, expected a ControlNet of Z-Image");
  await expect(openControlNet("/absent", base)).rejects.toThrow("/absent: expected a ControlNet folder or file");
});
