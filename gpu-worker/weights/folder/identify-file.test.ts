import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../../test/conformance/temporary-folder.ts";
import { float32Tensor } from "../../../test/support/engine/run-graph.ts";
import { bytesTensor, storedTensors } from "../../../test/support/engine/stored-tensors.ts";
import type { TensorToWrite } from "../formats/write-safetensors.ts";
import { identifyFile } from "./identify-file.ts";

const floats = (...shape: number[]) => float32Tensor(shape, new Array(shape.reduce((a, b) => a * b, 1)).fill(0));
function parts(tensors: Record<string, TensorToWrite>) {
  const identified = identifyFile(storedTensors(tensors).path);
  if ("problem" in identified) throw new Error(identified.problem);
  return Object.fromEntries(identified.parts);
}
const transformer = {
  "cap_embedder.1.weight": floats(4, 6),
  "all_x_embedder.2-1.weight": floats(4, 64),
  x_pad_token: floats(1, 4),
};

it("tells our transformer and what fits it, and another model's by what is missing", () => {
  const ours = { isOurs: true, textWidth: 6, latentChannels: 16, isQuantized: false };
  expect(parts(transformer)).toEqual({ transformer: ours });
  const { x_pad_token: _, ...lumina } = transformer;
  expect(parts(lumina).transformer).toEqual({ ...ours, isOurs: false });
  expect(parts({ ...transformer, "double_blocks.0.w": floats(1) }).transformer!.isOurs).toBe(false);
});

it("tells the width of a text encoder's features, and one that sees", () => {
  const encoder = { "model.embed_tokens.weight": floats(3, 8), "model.layers.0.input_layernorm.weight": floats(8) };
  expect(parts(encoder)).toEqual({ text_encoder: { isOurs: true, textWidth: 8, isQuantized: false } });
  const { "model.embed_tokens.weight": _, ...withoutTable } = encoder;
  expect(parts(withoutTable).text_encoder!.textWidth).toBe(8);
  expect(parts({ ...encoder, "visual.patch_embed.weight": floats(1) }).text_encoder!.isOurs).toBe(false);
});

it("tells the channels of an autoencoder, and one of videos", () => {
  const vae = (...shape: number[]) => parts({ "decoder.conv_in.weight": floats(...shape) }).vae;
  expect(vae(4, 16, 3, 3)).toEqual({ isOurs: true, latentChannels: 16, isQuantized: false });
  expect(vae(4, 16, 3, 3, 3)!.isOurs).toBe(false);
});

it("tells whether values were rounded to fewer than 16 bits", () => {
  const fp8 = bytesTensor("F8_E4M3", [4, 6], new Uint8Array(24));
  expect(parts({ ...transformer, "cap_embedder.1.weight": fp8 }).transformer!.isQuantized).toBe(true);
});

it("says why a file cannot be read, in place of what lies in it", () => {
  const path = join(temporaryFolder(), "model.safetensors");
  writeFileSync(path, "hello");
  expect(identifyFile(path)).toEqual({ path, problem: expect.stringContaining("model.safetensors") });
  expect(identifyFile(`${path}.gone`)).toEqual({ path: `${path}.gone`, problem: expect.stringContaining("gone") });
});
