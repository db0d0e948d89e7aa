// Scores the teacher and its students, and draws the sheet:
//   npx node models/zimage-tiny/distill/score.ts [--images 384] [--sheet sheet.webp] [--only student]
// The models are those that base.json, distill.json, dmd-more.json and dmdr.json wrote. Ends with 1 when a gate fails.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { loadPipeline } from "../../../gpu-worker/engine/load-pipeline.ts";
import { loadVae } from "../../../gpu-worker/networks/vae-model.ts";
import { decodeLatents, toRgbImage } from "../../../gpu-worker/pipeline/decode-latents.ts";
import type { ImagePipeline } from "../../../gpu-worker/pipeline/generate-image.ts";
import type { RgbImage } from "../../../gpu-worker/pipeline/image.ts";
import { createNodeRuntime } from "../../../gpu-worker/runtime/onnx-session.ts";
import { type Tensor, tensor } from "../../../gpu-worker/tensor.ts";
import { contactSheet } from "../contact-sheet.ts";
import { imageSide } from "../dataset/render-object.ts";
import { categories, categoryCaptions } from "./categories.ts";
import { categoryLatents } from "./category-latents.ts";
import { type CategoryScore, gates, scoreCategories } from "./category-score.ts";
import { type Drawing, keptDrawings } from "./kept-drawings.ts";

interface Contestant {
  readonly name: string;
  /** Folder below `.cache/zimage-tiny/distill`. */
  readonly model: string;
  readonly steps: number;
  readonly guidance: number;
}

const contestants = [
  { name: "teacher", model: "base/model", steps: 30, guidance: 2 },
  { name: "teacher, 4 runs", model: "base/model", steps: 4, guidance: 0 },
  { name: "student", model: "student/model", steps: 4, guidance: 0 },
  { name: "without reward", model: "control/model", steps: 4, guidance: 0 },
  { name: "with reward", model: "rewarded/model", steps: 4, guidance: 0 },
] as const satisfies readonly Contestant[];

/** Folder of the trained models. */
const runs = fileURLToPath(new URL("../../../.cache/zimage-tiny/distill", import.meta.url));
const latentShape = [16, imageSide / 8, imageSide / 8] as const;
const batchSize = 16;
/** Images of one row of the sheet. */
const sheetColumns = 12;

const { values } = parseArgs({
  options: {
    images: { type: "string", default: "384" },
    sheet: { type: "string" },
    only: { type: "string", multiple: true },
  },
});
const count = Math.ceil(Number(values.images) / batchSize) * batchSize;
const latents = await categoryLatents();
const scores = new Map<string, CategoryScore>();
const rows: Float32Array[] = [];
for (const contestant of contestants) {
  if (values.only && !values.only.includes(contestant.name)) continue;
  const model = join(runs, contestant.model);
  const settings = { ...contestant, count, batchSize, captions: categories.map(categoryCaptions) };
  const drawn = await keptDrawings(join(runs, "drawn"), { model, settings }, () => drawAll(model, contestant));
  const score = scoreCategories(drawn, latents);
  scores.set(contestant.name, score);
  rows.push(...drawn.slice(0, sheetColumns).map((image) => image.latents));
  const figures = Object.entries(score).map(([what, value]) => `${what} ${value.toFixed(3)}`);
  const perImage = contestant.steps * (contestant.guidance > 0 ? 2 : 1);
  console.log(`${contestant.name.padEnd(18)} ${perImage} runs  ${figures.join("  ")}`);
}
if (values.sheet !== undefined) {
  const { width, height, data } = contactSheet(await decodeAll(rows), sheetColumns, 2);
  await sharp(data, { raw: { width, height, channels: 3 } })
    .webp({ quality: 90 })
    .toFile(values.sheet);
}
if (!values.only) {
  for (const { what, passed } of gates((name) => scores.get(name)!)) {
    console.log(`${passed ? "pass" : "FAIL"}  ${what}`);
    if (!passed) process.exitCode = 1;
  }
}

/** Category captions in turn, each image from a seed of its own: every contestant gets the same ones. */
async function drawAll(model: string, { steps, guidance }: Contestant): Promise<Drawing[]> {
  const pipeline = await loadPipeline(model, { threads: 1 });
  try {
    const drawn: Drawing[] = [];
    for (let first = 0; first < count; first += batchSize) {
      const asked = Array.from({ length: batchSize }, (_, item) => (first + item) % categories.length);
      const prompt = asked.map((category, item) => {
        const captions = categoryCaptions(categories[category]!);
        return captions[Math.floor((first + item) / categories.length) % captions.length]!;
      });
      const images = await drawBatch(pipeline, { prompt, steps, guidance, seed: first });
      drawn.push(...images.map(({ data }, item) => ({ category: asked[item]!, latents: data })));
    }
    return drawn;
  } finally {
    await pipeline.release();
  }
}

async function decodeAll(images: readonly Float32Array[]): Promise<RgbImage[]> {
  const vae = await loadVae(join(runs, "base/model/vae"), createNodeRuntime({ threads: 1 }));
  try {
    const decoded: RgbImage[] = [];
    for (const latents of images) {
      decoded.push(toRgbImage(await decodeLatents(vae, tensor(latents, latentShape))));
    }
    return decoded;
  } finally {
    await vae.release();
  }
}

/** @returns latents of each image at the end */
async function drawBatch(
  pipeline: ImagePipeline,
  { prompt, steps, guidance, seed }: { prompt: string[]; steps: number; guidance: number; seed: number },
): Promise<readonly Tensor[]> {
  const inputs = {
    prompt,
    width: imageSide,
    height: imageSide,
    numInferenceSteps: steps,
    guidance: { scale: guidance, normalization: 0, truncation: 1 },
    seed,
  };
  for await (const stage of pipeline.generate(inputs)) {
    if (stage.type === "step" && stage.step.step === stage.step.total) return stage.step.latents;
  }
  throw new Error("the pipeline ended before its last step");
}
