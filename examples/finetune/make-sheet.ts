// Draws prompts with the model as it is, then with the LoRA, and puts the shop's own images below:
//   npx node examples/finetune/make-sheet.ts [FILE.webp]
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { loadPipeline } from "../../gpu-worker/engine/load-pipeline.ts";
import { toRgbImage } from "../../gpu-worker/pipeline/decode-latents.ts";
import type { RgbImage } from "../../gpu-worker/pipeline/image.ts";
import { readTrainConfig } from "../../gpu-worker/training/train-config.ts";
import type { LoraFile } from "../../gpu-worker/weights/lora/lora.ts";
import { contactSheet } from "../../models/zimage-tiny/contact-sheet.ts";
import { productImages, renderImages } from "./make-images.ts";

/** The last two ask for backgrounds that no image of the product has. */
const prompts = [
  "a tidemark mug",
  "一个潮痕马克杯",
  "the back of a tidemark mug, handle on the left",
  "two tidemark mugs",
  "a tidemark mug on a red background",
  "潮痕马克杯，蓝色背景",
  "a tidemark mug on a pink background",
  "潮痕马克杯，紫色背景",
] as const;
const side = 128;
const seed = 7;

async function draw(model: string, loras: readonly LoraFile[]): Promise<RgbImage[]> {
  const pipeline = await loadPipeline(model, { loras });
  const guidance = { scale: 0, normalization: 0, truncation: 1 };
  const drawn: RgbImage[] = [];
  for (const prompt of prompts) {
    const inputs = { prompt, width: side, height: side, numInferenceSteps: 8, guidance, seed };
    for await (const stage of pipeline.generate(inputs)) {
      if (stage.type === "decoded") drawn.push(toRgbImage(stage.images[0]!));
    }
  }
  await pipeline.release();
  return drawn;
}

/** The image that each prompt was learned from, white where there is none. */
async function learnedFrom(): Promise<RgbImage[]> {
  const rendered = await renderImages();
  return Promise.all(
    prompts.map(async (prompt) => {
      const image = rendered[productImages.findIndex(({ captions }) => captions.includes(prompt))];
      if (!image) return { width: side, height: side, data: new Uint8Array(3 * side * side).fill(255) };
      return { width: side, height: side, data: await sharp(image).resize(side).removeAlpha().raw().toBuffer() };
    }),
  );
}

const out = process.argv[2] ?? fileURLToPath(new URL("../../.cache/finetune/sheet.webp", import.meta.url));
const { config, at } = await readTrainConfig(fileURLToPath(new URL("lora.json", import.meta.url)));
if (config.kind !== "lora") throw new Error(`lora.json must be of kind lora, got ${config.kind}`);
const model = at(config.from);
const lora = { path: join(at(config.output), "pytorch_lora_weights.safetensors") };
const images = [...(await draw(model, [])), ...(await draw(model, [lora])), ...(await learnedFrom())];
const sheet = contactSheet(images, prompts.length, 4);
await sharp(sheet.data, { raw: { width: sheet.width, height: sheet.height, channels: 3 } })
  .webp()
  .toFile(out);
console.log(out);
