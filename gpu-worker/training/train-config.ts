import { dirname, resolve } from "node:path";
import { z } from "zod";
import { textEncoderConfig, transformerConfig, vaeConfig } from "../graph/z-image-config.ts";
import { readJsonFile } from "../pipeline/json-file.ts";

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

const common = {
  data: z.strictObject({
    module: z.string().meta({ description: "a TypeScript module, relative to this file, that opens the data" }),
    options: z.unknown().optional(),
  }),
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

const flow = z.strictObject({
  kind: z.literal("flow"),
  ...common,
  vae: z.string().meta({ description: "a vae/ folder, relative to this file" }),
  tokenizer: z.string().meta({ description: "a tokenizer/ folder, relative to this file" }),
  textEncoder: component(textEncoderConfig),
  transformer: component(transformerConfig),
  shift: z.union([z.literal(3), z.literal(6)]),
  batchSize: positive,
  captionTokens: positive.multipleOf(32),
});

export const trainConfig = z.discriminatedUnion("kind", [vae, flow]);
export type TrainConfig = z.output<typeof trainConfig>;
export type VaeTrainConfig = z.output<typeof vae>;
export type FlowTrainConfig = z.output<typeof flow>;

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
