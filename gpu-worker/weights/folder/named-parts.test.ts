import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { float32Tensor } from "../../../test/support/engine/run-graph.ts";
import { encodeSafetensors, type TensorToWrite } from "../formats/write-safetensors.ts";
import { checkNamedParts, checkNamedWidths } from "./named-parts.ts";

const folder = mkdtempSync(join(tmpdir(), "named-parts-"));
afterAll(() => rmSync(folder, { recursive: true }));

const matrix = float32Tensor([2, 2], [1, 2, 3, 4]);
const kernel = (channels: number, ...more: number[]) => {
  const shape = [2, channels, 1, 1, ...more];
  return float32Tensor(shape, new Array(2 * channels).fill(0));
};
function write(name: string, tensors: Record<string, TensorToWrite>): string {
  const path = join(folder, name);
  writeFileSync(path, encodeSafetensors(tensors));
  return path;
}
const qwen3 = write("qwen_3_4b.safetensors", { "model.layers.0.self_attn.q_proj.weight": matrix });
const flux = write("ae.safetensors", { "decoder.conv_in.weight": kernel(16) });

it("takes a text encoder and an autoencoder, and folders as they are", () => {
  checkNamedParts({ textEncoder: qwen3, vae: flux });
  checkNamedParts({ textEncoder: folder, vae: folder, tokenizer: folder });
});

it.each([
  ["T5's", { "encoder.block.0.layer.0.SelfAttention.q.weight": matrix }, "holds no part of Z-Image"],
  [
    "one that sees",
    { "model.layers.0.self_attn.q_proj.weight": matrix, "visual.blocks.0.attn.qkv.weight": matrix },
    "holds a text encoder of another model",
  ],
])("refuses %s as the text encoder, by what it holds", (_, tensors, message) => {
  const textEncoder = write("other.safetensors", tensors as Record<string, TensorToWrite>);
  const check = () => checkNamedParts({ textEncoder });
  expect(check).toThrow(`${textEncoder} ${message}, expected the text encoder of Z-Image, Qwen3-4B`);
});

it("refuses a video's autoencoder, and a text encoder in place of one", () => {
  const video = write("video.safetensors", { "decoder.conv_in.weight": kernel(16, 1) });
  expect(() => checkNamedParts({ vae: video })).toThrow(
    "holds an autoencoder of another model, expected the autoencoder",
  );
  expect(() => checkNamedParts({ vae: qwen3 })).toThrow("holds a text encoder, expected the autoencoder of Z-Image");
});

it("refuses an autoencoder of other latents than the transformer's, with both widths", () => {
  const tensors = { "x_embedder.weight": float32Tensor([2, 64], new Array(128).fill(0)), x_pad_token: matrix };
  const transformer = write("transformer.safetensors", { ...tensors, "cap_embedder.1.weight": matrix });
  const flux2 = write("flux2-vae.safetensors", { "decoder.conv_in.weight": kernel(32) });
  checkNamedWidths({ vae: flux }, transformer);
  const check = () => checkNamedWidths({ vae: flux2 }, transformer);
  expect(check).toThrow(`${flux2} has 32 latent channels, and the transformer ${transformer} 16; take another`);
});

it("refuses what is not there, and what cannot be read", () => {
  expect(() => checkNamedParts({ vae: join(folder, "none") })).toThrow("which is named as the VAE");
  const page = join(folder, "page.safetensors");
  writeFileSync(page, "<!DOCTYPE html><html></html>");
  expect(() => checkNamedParts({ vae: page })).toThrow("is a web page");
});
