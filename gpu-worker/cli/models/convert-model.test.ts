import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { InvalidFileError, InvalidInputError } from "../../../shared/errors.ts";
import { goldenCheckpoint } from "../../../test/support/engine/golden-tensors.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { loadPipeline } from "../../engine/load-pipeline.ts";
import type { ImagePipeline } from "../../pipeline/generate-image.ts";
import { elementCount, type Tensor, tensor } from "../../tensor.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import { readModelInfo } from "../../weights/folder/model-folder.ts";
import { readTensor } from "../../weights/tensor-values.ts";
import { convertModel } from "./convert-model.ts";
import { describeModel, formatSummary } from "./describe-model.ts";

const modelDir = goldenCheckpoint("tiny-turbo");
const folder = mkdtempSync(join(tmpdir(), "convert-model-"));
const outDir = join(folder, "int8");
const progress: string[] = [];
await convertModel({
  modelDir,
  to: "int8-rows",
  outDir,
  onProgress: ({ component, tensor, total }) => progress.push(`${component} ${tensor}/${total}`),
});
const original = await loadPipeline(modelDir, { threads: 1 });
const converted = await loadPipeline(outDir, { threads: 1 });
afterAll(async () => {
  await original.release();
  await converted.release();
  rmSync(folder, { recursive: true });
});

const components = ["text_encoder", "transformer", "vae"] as const;

/** Root of the summed squares of the difference over that of `expected`. */
function relativeError(actual: Float32Array, expected: Float32Array): number {
  const sumOfSquares = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0);
  return Math.sqrt(sumOfSquares(actual.map((value, at) => value - expected[at]!)) / sumOfSquares(expected));
}

/** Relative error of each rounded tensor of a component, in the weights themselves. */
function weightErrors(component: (typeof components)[number]): number[] {
  const plain = openCheckpoint(join(modelDir, component)).tensors;
  return Array.from(openCheckpoint(join(outDir, component)).tensors)
    .filter(([, { rowScales }]) => rowScales)
    .map(([name, stored]) => relativeError(readTensor(stored), readTensor(plain.get(name)!)));
}

/**
 * Each rounded tensor disturbs the result by about its own relative error, independent of the others, so the
 * disturbances add as squares; norms and activations between them stretch some. Three times that sum is allowed.
 */
const tolerance = (errors: readonly number[]) => 3 * Math.hypot(...errors);

const random = seededRandom(5);
const noise = (...shape: number[]): Tensor => {
  const count = elementCount(shape);
  return tensor(
    Float32Array.from({ length: count }, () => 2 * random() - 1),
    shape,
  );
};

it("rounds no weight by more than the step of its row allows", () => {
  for (const component of components) {
    for (const error of weightErrors(component)) {
      // Half a step is 1/254 of the row's largest value; its root mean square, a third of the largest or so, makes that
      // about 1/85.
      expect(error).toBeGreaterThan(0);
      expect(error).toBeLessThan(1 / 85);
    }
  }
});

const runs: Record<string, [(pipeline: ImagePipeline) => Promise<Tensor>, number]> = {
  "text encoder": [
    ({ components: { textEncoder } }) => textEncoder.encode([1, 5, 100, 151_000, 77]),
    tolerance(weightErrors("text_encoder")),
  ],
  transformer: [
    async ({ components: { transformer } }) => {
      const seeded = seededRandom(6);
      const values = (count: number) => Float32Array.from({ length: count }, () => 2 * seeded() - 1);
      const item = {
        latents: tensor(values(16 * 16 * 8), [16, 16, 8]),
        promptEmbeds: tensor(values(5 * 16), [5, 16]),
        t: 0.4,
      };
      return (await transformer.forward([item]))[0]!;
    },
    tolerance(weightErrors("transformer")),
  ],
};
const latents = noise(16, 8, 8);
const image = noise(3, 64, 64);
runs["VAE decoder"] = [({ components: { vae } }) => vae.decode(latents), tolerance(weightErrors("vae"))];
runs["VAE encoder"] = [
  async ({ components: { vae } }) => (await vae.encode(image)).mean,
  tolerance(weightErrors("vae")),
];
runs["image of 4 steps"] = [
  async (pipeline) => {
    const guidance = { scale: 0, normalization: 0, truncation: 1 };
    const inputs = { prompt: "a red fox", width: 128, height: 96, numInferenceSteps: 4, guidance, seed: 3 };
    for await (const stage of pipeline.generate(inputs)) if (stage.type === "decoded") return stage.images[0]!;
    throw new Error("no image");
  },
  tolerance(components.flatMap(weightErrors)),
];

it.each(Object.entries(runs))("%s: what comes out differs by the rounding alone", async (_, [run, allowed]) => {
  const expected = await run(original);
  const actual = await run(converted);
  expect(actual.shape).toEqual(expected.shape);
  const error = relativeError(actual.data, expected.data);
  expect(error).toBeGreaterThan(0);
  expect(error).toBeLessThan(allowed);
});

it("writes a whole model folder, a part after the other", async () => {
  expect(readdirSync(folder)).toEqual(["int8"]);
  expect(readdirSync(outDir).toSorted()).toEqual([
    "model_index.json",
    "scheduler",
    "text_encoder",
    "tokenizer",
    "transformer",
    "vae",
    "z-image-manifest.json",
  ]);
  expect(readFileSync(join(outDir, "transformer/config.json"))).toEqual(
    readFileSync(join(modelDir, "transformer/config.json")),
  );
  expect(progress).toHaveLength(35 + 73 + 180);
  expect(progress.slice(33, 37)).toEqual([
    "text_encoder 34/35",
    "text_encoder 35/35",
    "transformer 1/73",
    "transformer 2/73",
  ]);
  // Scales are no parameters.
  expect((await readModelInfo(outDir)).transformerParameters).toBe(
    (await readModelInfo(modelDir)).transformerParameters,
  );
});

it("shrinks float32 to a quarter and says so", async () => {
  const [before, after] = [await describeModel(modelDir), await describeModel(outDir)];
  const transformer = after[1]!;
  expect(transformer.bytes / before[1]!.bytes).toBeLessThan(0.27);
  expect(transformer.parameters).toBe(before[1]!.parameters);
  expect(Object.fromEntries(transformer.dtypes)).toEqual({ "int8-rows": 36, F32: 37 });
  expect(
    formatSummary(after)
      .split("\n")
      .map((line) => line.split(" ")[0]),
  ).toEqual([...components, "total"]);
});

it("copies licence and read-me, reads through links, and leaves other files", async () => {
  const source = join(folder, "source");
  cpSync(modelDir, source, { recursive: true });
  for (const name of ["LICENSE", "README.md", "notes.bin"]) writeFileSync(join(source, name), name);
  const shard = join(source, "vae/diffusion_pytorch_model.safetensors");
  renameSync(shard, join(folder, "blob"));
  symlinkSync(join(folder, "blob"), shard);
  const out = join(folder, "copy");
  await convertModel({ modelDir: source, to: "int8-rows", outDir: out });
  expect(readdirSync(out)).toContain("LICENSE");
  expect(readdirSync(out)).toContain("README.md");
  expect(readdirSync(out)).not.toContain("notes.bin");
  expect(readdirSync(join(out, "text_encoder")).toSorted()).toEqual(["config.json", "model.safetensors"]);
});

it.each([
  ["a folder that exists", { modelDir, outDir: folder }, InvalidInputError, `${folder} exists already`],
  [
    "a model in this form",
    { modelDir: outDir, outDir: join(folder, "twice") },
    InvalidInputError,
    "in the form int8-rows already",
  ],
  [
    "a folder without a model",
    { modelDir: folder, outDir: join(folder, "none") },
    InvalidFileError,
    "has no transformer of Z-Image",
  ],
])("refuses %s and writes nothing", async (_, folders, error, message) => {
  const before = readdirSync(folder).toSorted();
  const conversion = convertModel({ ...folders, to: "int8-rows" });
  await expect(conversion).rejects.toThrow(error);
  await expect(conversion).rejects.toThrow(message);
  expect(readdirSync(folder).toSorted()).toEqual(before);
});

it("stops when told, and leaves nothing", async () => {
  const stop = new AbortController();
  const out = join(folder, "stopped");
  const conversion = convertModel({
    modelDir,
    to: "int8-rows",
    outDir: out,
    onProgress: () => stop.abort(),
    signal: stop.signal,
  });
  await expect(conversion).rejects.toThrow("aborted");
  expect(existsSync(out)).toBe(false);
  expect(readdirSync(folder).filter((name) => name.includes("stopped"))).toEqual([]);
});
