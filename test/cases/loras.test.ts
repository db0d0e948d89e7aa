import { readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, describe, expect, it } from "vitest";
import { loadEngine } from "../../gpu-worker/engine/engine-client.ts";
import type { GenerateParams } from "../../gpu-worker/engine.ts";
import { openCheckpoint } from "../../gpu-worker/weights/checkpoint.ts";
import { type LoraFile, readLora } from "../../gpu-worker/weights/lora/lora.ts";
import { readTensor } from "../../gpu-worker/weights/tensor-values.ts";
import { defaultModel } from "../../models/default-model.ts";

/** LoRA files as other programs write them, on the repository's own model. */

const engine = await loadEngine({ modelDir: defaultModel.dir });
afterAll(() => engine.close());
const base = openCheckpoint(join(defaultModel.dir, "transformer"));
const file = (name: string) => join(import.meta.dirname, name);

async function draw(loras: readonly LoraFile[], steps = 2): Promise<{ pixels: Buffer; warnings: string[] }> {
  const params: GenerateParams = {
    prompt: "a penguin",
    width: 128,
    height: 128,
    steps,
    guidance: 0,
    cfgNormalization: false,
    cfgTruncation: 1,
    seed: 7,
    format: "png",
    preview: false,
    loras,
  };
  const warnings: string[] = [];
  for await (const event of engine.generate(params)) {
    if (event.type === "warning") warnings.push(event.warning.message);
    if (event.type === "image") return { pixels: await sharp(event.image.bytes).raw().toBuffer(), warnings };
  }
  throw new Error("the engine gave no image");
}

const differing = (a: Buffer, b: Buffer) => a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);

describe("LoKr", () => {
  const expected = JSON.parse(readFileSync(file("10-lokr/expected.json"), "utf8")) as Record<string, number[]>;

  it.each(["full", "lowrank"])("%s gives the first values of the merged matrix", (form) => {
    const [layer] = readLora(file(`10-lokr/${form}.safetensors`), base).layers;
    if (layer?.delta.kind !== "kronecker") throw new Error("expected a Kronecker product");
    const { left, right, scale } = layer.delta;
    const weight = readTensor(base.tensors.get(`${layer.target}.weight`)!);
    const merged = expected[form]!.map((_, i) => weight[i]! + scale * left.values()[0]! * right.values()[i]!);
    merged.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[form]![i]!, 6);
    });
  });
});

it("a LoKr draws the expected image", async () => {
  const { pixels } = await draw([{ path: file("10-lokr/full.safetensors") }], 8);
  const expected = await sharp(file("10-lokr/expected-full-penguin-seed7.png")).removeAlpha().raw().toBuffer();
  expect(differing(pixels, expected)).toBeLessThanOrEqual(1);
});

it.each([
  ["two underscores are read as one", "11-lora-double-underscore/fun", "11-lora-double-underscore/plain", 1],
  ["a rank-stabilised file is twice as strong", "13-lora-rslora/rslora", "13-lora-rslora/diffusers", 2],
  ["an adapter has any name", "15-lora-more/named", "15-lora-more/with-text-encoder", 1],
])("%s", async (_, name, same, scale) => {
  const { pixels } = await draw([{ path: file(`${name}.safetensors`) }]);
  const { pixels: expected } = await draw([{ path: file(`${same}.safetensors`), scale }]);
  const { pixels: without } = await draw([]);
  // One of the first two files is rounded to bfloat16.
  expect(differing(pixels, expected)).toBeLessThanOrEqual(2);
  expect(differing(pixels, without)).toBeGreaterThan(10);
});

it("a pattern for one layer changes the image", async () => {
  const { pixels } = await draw([{ path: file("15-lora-more/alpha_pattern.safetensors") }]);
  const { pixels: plain } = await draw([{ path: file("15-lora-more/named.safetensors") }]);
  expect(differing(pixels, plain)).toBeGreaterThan(0);
});

it("what is for the text encoder is left out with a warning", async () => {
  const { warnings } = await draw([{ path: file("15-lora-more/with-text-encoder.safetensors") }]);
  expect(warnings).toEqual([expect.stringContaining("2 tensors are left out, for the text encoder")]);
});
