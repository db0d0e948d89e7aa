import { dirname, resolve } from "node:path";
import { z } from "zod";
import { maxGuidance, maxSteps } from "../../shared/limits.ts";
import { textEncoderConfig, transformerConfig, vaeConfig } from "../graph/architectures/z-image-config.ts";
import { readJsonFile } from "../weights/folder/json-file.ts";
import { distillSchema } from "./distill/distill-config.ts";

const positive = z.int().positive();
const share = z.number().min(0).max(1);
const uint32 = z.int().min(0).max(0xffffffff);

const learningRate = z
  .strictObject({
    peak: z.number().positive().meta({ description: "the largest rate" }),
    warmup: z.int().nonnegative(),
    constantUntil: share.meta({ description: "part of the steps after which the rate falls" }),
    finalFraction: share.meta({ description: "part of the peak at the end" }),
  })
  .meta({ description: "rises linearly, stays, falls linearly" });

const moduleData = z.strictObject({
  module: z.string().meta({ description: "a TypeScript module, relative to this file, that opens the data" }),
  options: z.unknown().optional(),
});

const folder = {
  folder: z.string().meta({ description: "images with captions in .txt, .jsonl or .csv, relative to this file" }),
  onBadData: z.enum(["skip", "refuse"]).default("refuse"),
  minSide: positive.default(64).meta({ description: "an image whose shorter side has fewer pixels is bad data" }),
};
const oneSize = z.strictObject({
  ...folder,
  width: positive.multipleOf(16).meta({ description: "every image is scaled and cropped to width × height" }),
  height: positive.multipleOf(16),
});
const severalSizes = z.strictObject({
  ...folder,
  pixels: z.int().min(256).meta({
    description:
      "every image gets the size of at most so many pixels, sides in multiples of 16, that is nearest to its shape",
  }),
  maxAspectRatio: z.number().min(1).max(4).default(2).meta({ description: "longer side over shorter side" }),
});

/** The first issue of the kind of data that was meant: a union by itself would only say that none fits. */
const data = z.union([moduleData, oneSize, severalSizes], {
  error({ input, errors = [] }) {
    const given = Object.keys(input ?? {});
    const meant = given.includes("module") ? 0 : given.includes("pixels") ? 2 : given.includes("folder") ? 1 : -1;
    const [first] = (errors as z.core.$ZodIssue[][])[meant] ?? [];
    if (first) return [first.path.join("."), first.message].filter(Boolean).join(": ");
    return "expected {module, options}, {folder, width, height} or {folder, pixels}";
  },
});

const common = {
  data,
  output: z.string().meta({ description: "folder of checkpoint, log, report and result, relative to this file" }),
  seed: uint32,
  steps: positive,
  learningRate,
  emaDecay: share,
  clipNorm: z.number().positive(),
  checkpointEvery: positive,
  threads: positive.optional().meta({ description: "CPU threads; one per core if left out" }),
  device: z.enum(["cpu", "cuda"]).optional(),
};

/** Goes to the result's `generation_config.json`: a model says itself how it is sampled. */
const sampling = z
  .strictObject({ steps: z.int().min(1).max(maxSteps), guidance: z.number().min(0).max(maxGuidance) })
  .optional()
  .meta({ description: "default steps and guidance of the result; those of `from` if left out" });

/** A component's `config.json`: checked as the engine checks it, and written to the result as it stands here. */
const component = <T extends z.ZodType>(schema: T) =>
  z.record(z.string(), z.unknown()).refine((file) => schema.safeParse(file).success, {
    error: ({ input }) => schema.safeParse(input).error?.issues[0]?.message ?? "not a configuration of this component",
  });

const vae = z.strictObject({
  kind: z.literal("vae"),
  ...common,
  vae: component(vaeConfig),
  decoderOf: z
    .string()
    .optional()
    .meta({ description: "a vae/ folder whose decoder is trained on alone; its encoder stays" }),
  kl: z.strictObject({ weight: z.number().nonnegative(), rampSteps: positive }),
  batches: z
    .array(z.strictObject({ side: positive.multipleOf(8), batchSize: positive, share }))
    .min(1)
    .meta({ description: "square crops, and the share of the steps that take them" }),
});

const captionTokens = positive.multipleOf(32).max(512).meta({
  description: "longer captions are cut; each is filled to its own next multiple of 32, as in serving, which reads 512",
});

const flow = z.strictObject({
  kind: z.literal("flow"),
  ...common,
  vae: z.string().meta({ description: "a vae/ folder, relative to this file" }),
  tokenizer: z.string().meta({ description: "a tokenizer/ folder, relative to this file" }),
  textEncoder: component(textEncoderConfig),
  transformer: component(transformerConfig),
  shift: z.union([z.literal(3), z.literal(6)]),
  sampling,
  batchSize: positive,
  captionTokens,
});

const existing = {
  from: z.string().meta({ description: "a complete model folder, relative to this file" }),
  batchSize: positive,
  captionTokens,
  recompute: z.enum(["none", "blocks"]).default("none").meta({
    description:
      "blocks: compute each block again in the backward pass; slower, with memory for one block's activations",
  }),
  weightsMiB: positive.default(2048).meta({
    description: "with recompute blocks: memory for weights of blocks that stay loaded from step to step",
  }),
};

const finetune = z.strictObject({
  kind: z.literal("finetune"),
  ...common,
  ...existing,
  trains: z.enum(["transformer", "transformer and text encoder"]),
  sampling,
});

const lora = z.strictObject({
  kind: z.literal("lora"),
  ...common,
  ...existing,
  rank: positive,
  alpha: z.number().positive().meta({ description: "the correction is scaled by alpha / rank" }),
  targets: z
    .array(z.string().min(1))
    .min(1)
    .default(["attention.to_q", "attention.to_k", "attention.to_v", "attention.to_out.0"])
    .meta({ description: "endings of the names of the transformer's linear layers" }),
});

const distill = distillSchema({ ...common, ...existing });

const trainConfig = z.discriminatedUnion("kind", [vae, flow, finetune, lora, distill]);
export type TrainConfig = z.output<typeof trainConfig>;
export type VaeTrainConfig = z.output<typeof vae>;
export type FlowTrainConfig = z.output<typeof flow>;
export type FinetuneTrainConfig = z.output<typeof finetune>;
export type LoraTrainConfig = z.output<typeof lora>;
export type DistillTrainConfig = z.output<typeof distill>;

export interface OpenTrainConfig<T = TrainConfig> {
  readonly config: T;
  /** A path of the configuration, absolute. */
  at(path: string): string;
}

/** @throws InvalidFileError naming the field that is wrong */
export async function readTrainConfig(path: string): Promise<OpenTrainConfig> {
  const config = await readJsonFile(path, trainConfig);
  return { config, at: (relative) => resolve(dirname(path), relative) };
}
