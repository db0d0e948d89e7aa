import { join } from "node:path";
import type { SamplingConfig } from "../../weights/folder/sampling-config.ts";
import type { CaptionSource } from "../captions/caption-source.ts";
import { trainedCaptions } from "../captions/trained-captions.ts";
import { openLatentCache } from "../data/latent-cache.ts";
import { type ExistingModel, encodeCaptions, openExistingModel, writeLearnedModel } from "../existing-model.ts";
import { lowRankWeights, wholeWeights, writeLora } from "../low-rank.ts";
import { modelSamples } from "../report-samples.ts";
import type { FinetuneTrainConfig, LoraTrainConfig } from "../train-config.ts";
import type { RunContext, TrainRun } from "../training-run.ts";
import { isTextEncoderWeight } from "../write-component.ts";
import { flowTask, type TrainedPart } from "./flow-task.ts";

/** All weights of an existing transformer, and of its text encoder if asked. */
export async function openFinetuneRun(config: FinetuneTrainConfig, context: RunContext): Promise<TrainRun> {
  const model = await openExistingModel(context.at(config.from));
  const trains = (name: string) => config.trains !== "transformer" || !isTextEncoderWeight(name);
  return {
    ...(await openRun(model, wholeWeights(model, trains), { config, context, choices: [config.trains] })),
    write: (state) =>
      writeLearnedModel(context.at(`${config.output}/model`), model, state, namedSampling(config) ?? model.sampling),
    samples: (written) => modelSamples(written, context.data, context.runtimeOptions),
  };
}

/** Low-rank corrections of an existing transformer; the result is one file in the key style of diffusers. */
export async function openLoraRun(config: LoraTrainConfig, context: RunContext): Promise<TrainRun> {
  const model = await openExistingModel(context.at(config.from));
  const { rank, alpha, targets, seed } = config;
  const trained = lowRankWeights(model, config, { seed, field: "targets" });
  return {
    ...(await openRun(model, trained, { config, context, choices: [rank, alpha, targets] })),
    write: (state) => writeLora(join(context.at(config.output), "pytorch_lora_weights.safetensors"), state, config),
    samples: (path) =>
      modelSamples(context.at(config.from), context.data, { ...context.runtimeOptions, loras: [{ path }] }),
  };
}

/** The result's sampling settings from a configuration, if it has any. */
export function namedSampling({ sampling }: Pick<FinetuneTrainConfig, "sampling">): SamplingConfig | undefined {
  return sampling && { numInferenceSteps: sampling.steps, guidanceScale: sampling.guidance };
}

interface RunParts {
  readonly config: FinetuneTrainConfig | LoraTrainConfig;
  readonly context: RunContext;
  /** Further settings that invalidate a checkpoint when they change. */
  readonly choices: readonly unknown[];
}

async function openRun(model: ExistingModel, trained: TrainedPart, { config, context, choices }: RunParts) {
  const { at, data, runtime, tell } = context;
  const { transformer, tokenizer, folder, shift, weightHashes } = model;
  const output = at(config.output);
  const latents = await openLatentCache(output, folder.vae, data, runtime, { tell });
  const captions: CaptionSource =
    config.kind === "finetune" && config.trains !== "transformer"
      ? trainedCaptions(model.textEncoder)
      : await encodeCaptions(model, data, { output, captionTokens: config.captionTokens }, runtime);
  const parts = { transformer, captions, tokenizer, data, latents };
  return {
    task: flowTask(parts, trained, runtime, { ...config, shift }),
    fingerprint: JSON.stringify([config.kind, config.seed, weightHashes, data.fingerprint, ...choices]),
  };
}
