import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { InvalidFileError } from "../../shared/errors.ts";
import { textEncoderConfig, transformerConfig } from "../graph/z-image-config.ts";
import { readSchedulerConfig } from "../pipeline/flow-match-scheduler.ts";
import { loadTokenizer } from "../pipeline/tokenizer.ts";
import { type Tensor, tensor } from "../tensor.ts";
import type { Checkpoint } from "../weights/checkpoint.ts";
import { openCheckpoint } from "../weights/checkpoint.ts";
import { configPath } from "../weights/component-config.ts";
import { hashComponent } from "../weights/hash-component.ts";
import { readJsonFile } from "../weights/json-file.ts";
import { openModelFolder } from "../weights/model-folder.ts";
import { readTensor } from "../weights/safetensors.ts";
import { checkpointWeights } from "../weights/weight-source.ts";
import { adamW } from "./adamw.ts";
import type { CaptionSource } from "./caption-source.ts";
import { flowOptimizers } from "./flow-recipe.ts";
import { flowTask, type TrainedPart } from "./flow-task.ts";
import { openFrozenCaptions } from "./frozen-captions.ts";
import { constant, initialWeight, perInput } from "./initial-weights.ts";
import { openLatentCache } from "./latent-cache.ts";
import { modelSamples } from "./report-samples.ts";
import type { FinetuneTrainConfig, LoraTrainConfig } from "./train-config.ts";
import type { RunContext, TrainRun } from "./train-run.ts";
import { trainedCaptions } from "./trained-captions.ts";
import { trainedWeights } from "./trained-weights.ts";
import { averagedWeights, encodeHalf, isTextEncoderWeight, storedWeights } from "./write-component.ts";
import { writeModel } from "./write-model.ts";

/** All weights of an existing transformer, and of its text encoder if asked. */
export async function openFinetuneRun(config: FinetuneTrainConfig, context: RunContext): Promise<TrainRun> {
  const model = await openExisting(config, context);
  const { textEncoder, transformer } = model.checkpoints;
  const trains = (name: string) => config.trains !== "transformer" || !isTextEncoderWeight(name);
  const trained: TrainedPart = {
    weights: trainedWeights({ trains, frozen: checkpointWeights(model.all) }),
    initial(name) {
      const stored = model.all.tensors.get(name);
      if (!stored) throw new Error(`${config.from} has no tensor ${name}`);
      return tensor(Float32Array.from(readTensor(stored)), stored.shape);
    },
    optimizerOf: flowOptimizers(),
  };
  return {
    ...model.run(trained, [config.trains]),
    async write(state) {
      const learned = (checkpoint: Checkpoint) =>
        new Map([...storedWeights(checkpoint), ...averagedWeights(state, (name) => checkpoint.tensors.has(name))]);
      const { folder, shift } = model;
      return writeModel(context.at(`${config.output}/model`), {
        textEncoder: { file: await configFile(folder.textEncoder), weights: learned(textEncoder) },
        transformer: { file: await configFile(folder.transformer), weights: learned(transformer) },
        vae: folder.vae,
        tokenizer: folder.tokenizer,
        shift,
      });
    },
    samples: (written) => modelSamples(written, context.data, context.runtimeOptions),
  };
}

/** Low-rank corrections of an existing transformer; the result is one file in the key style of diffusers. */
export async function openLoraRun(config: LoraTrainConfig, context: RunContext): Promise<TrainRun> {
  const model = await openExisting(config, context);
  const { rank, alpha, targets, seed } = config;
  const endsIn = (target: string, ending: string) => `.${target}`.endsWith(`.${ending}`);
  const isTarget = (target: string) => targets.some((ending) => endsIn(target, ending));
  const layers = linearLayers(model.checkpoints.transformer);
  for (const ending of targets) {
    if (!layers.some((layer) => endsIn(layer, ending))) {
      throw new InvalidFileError(
        `targets: no linear layer of ${config.from} ends in ${ending}; expected endings such as attention.to_q or feed_forward.w1`,
      );
    }
  }
  const adam = adamW({ betas: [0.9, 0.99], weightDecay: 0 });
  const trained: TrainedPart = {
    weights: trainedWeights({
      frozen: checkpointWeights(model.all),
      lowRank: { targets: (target) => !isTextEncoderWeight(target) && isTarget(target), rank, alpha },
    }),
    // With `up` at zero the first step starts from the model as it is.
    initial: (name, shape) => initialWeight(seed, name, shape, name.endsWith(" up") ? constant(0) : perInput(shape)),
    optimizerOf: () => adam,
  };
  return {
    ...model.run(trained, [rank, alpha, targets]),
    async write(state) {
      const folder = context.at(config.output);
      await mkdir(folder, { recursive: true });
      const path = join(folder, "pytorch_lora_weights.safetensors");
      const metadata = { "transformer.lora_alpha": alpha, "transformer.r": rank };
      await writeFile(
        path,
        encodeHalf(loraKeys(averagedWeights(state)), { lora_adapter_metadata: JSON.stringify(metadata) }),
      );
      return path;
    },
    samples: (path) =>
      modelSamples(context.at(config.from), context.data, { ...context.runtimeOptions, loras: [{ path }] }),
  };
}

function linearLayers({ tensors }: Checkpoint): string[] {
  return [...tensors]
    .filter(([name, { shape }]) => name.endsWith(".weight") && shape.length === 2)
    .map(([name]) => name.slice(0, -".weight".length));
}

/** `layers.0.attention.to_q down` → `transformer.layers.0.attention.to_q.lora_A.weight`. */
function loraKeys(weights: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  return new Map(
    Array.from(weights, ([name, value]) => {
      const [target, side] = name.split(" ");
      return [`transformer.${target}.${side === "down" ? "lora_A" : "lora_B"}.weight`, value];
    }),
  );
}

async function openExisting(config: FinetuneTrainConfig | LoraTrainConfig, context: RunContext) {
  const { at, data, runtime, tell } = context;
  const folder = await openModelFolder(at(config.from));
  const textEncoder = await readJsonFile(configPath("text_encoder", folder.textEncoder), textEncoderConfig);
  const transformer = await readJsonFile(configPath("transformer", folder.transformer), transformerConfig);
  const { shift } = await readSchedulerConfig(join(folder.scheduler, "scheduler_config.json"));
  const tokenizer = await loadTokenizer(folder.tokenizer);
  const latents = await openLatentCache(at(config.output), folder.vae, data, runtime, { tell });
  const checkpoints = {
    textEncoder: openCheckpoint(folder.textEncoder),
    transformer: openCheckpoint(folder.transformer),
  };
  const all: Checkpoint = {
    folder: at(config.from),
    tensors: new Map([...checkpoints.textEncoder.tensors, ...checkpoints.transformer.tensors]),
  };
  const openCaptions = async (): Promise<CaptionSource> => {
    if (config.kind === "finetune" && config.trains !== "transformer") return trainedCaptions(textEncoder);
    const frozen = await openFrozenCaptions(at(config.output), folder.textEncoder, textEncoder, runtime);
    const texts = data.captions?.() ?? [];
    await frozen.prepare(Array.from(texts, (text) => tokenizer.tokenizePrompt(text, config.captionTokens).inputIds));
    return frozen;
  };
  const parts = { transformer, captions: await openCaptions(), tokenizer, data, latents };
  const weights = [await hashComponent(folder.textEncoder), await hashComponent(folder.transformer)];
  return {
    folder,
    shift,
    checkpoints,
    all,
    /** @param choices - what else makes a checkpoint useless when it changes */
    run: (trained: TrainedPart, choices: readonly unknown[]) => ({
      task: flowTask(parts, trained, runtime, { ...config, shift }),
      fingerprint: JSON.stringify([config.kind, config.seed, weights, data.fingerprint, ...choices]),
    }),
  };
}

const configFile = (folder: string) => readJsonFile(join(folder, "config.json"), z.record(z.string(), z.unknown()));
