import { buildTextEncoder } from "../../graph/architectures/text-encoder.ts";
import {
  type TextEncoderConfig,
  textEncoderConfig,
  transformerConfig,
} from "../../graph/architectures/z-image-config.ts";
import { GraphBuilder } from "../../graph/graph-builder.ts";
import type { Tensor } from "../../tensor.ts";
import { loadTokenizer } from "../../weights/folder/load-tokenizer.ts";
import { trainedCaptions } from "../captions/trained-captions.ts";
import { openLatentCache } from "../data/latent-cache.ts";
import { modelSamples } from "../report-samples.ts";
import type { FlowTrainConfig } from "../train-config.ts";
import { trainedWeights } from "../trained-weights.ts";
import type { RunContext, TrainRun } from "../training-run.ts";
import { averagedWeights, isTextEncoderWeight } from "../write-component.ts";
import { writeModel } from "../write-model.ts";
import { namedSampling } from "./finetune-run.ts";
import { flowInitialWeight, flowOptimizers } from "./flow-recipe.ts";
import { flowTask } from "./flow-task.ts";

/** Text encoder and transformer from random weights, on the latents of a finished VAE. */
export async function openFlowRun(
  config: FlowTrainConfig,
  { at, data, runtime, runtimeOptions, tell }: RunContext,
): Promise<TrainRun> {
  const { seed, shift } = config;
  const textEncoder = textEncoderConfig.parse(config.textEncoder);
  const transformer = transformerConfig.parse(config.transformer);
  const [vae, tokenizerFolder] = [at(config.vae), at(config.tokenizer)];
  const tokenizer = await loadTokenizer(tokenizerFolder);
  const latents = await openLatentCache(at(config.output), vae, data, runtime, { tell });
  const trained = {
    weights: trainedWeights(),
    initial: (name: string, shape: readonly number[]) => flowInitialWeight(seed, name, shape),
    optimizerOf: flowOptimizers(),
  };
  return {
    task: flowTask(
      { transformer, captions: trainedCaptions(textEncoder), tokenizer, data, latents },
      trained,
      runtime,
      config,
    ),
    fingerprint: JSON.stringify([config.kind, seed, textEncoder, transformer, data.fingerprint]),
    write(state) {
      const text = new Map([...unreachedWeights(textEncoder, seed), ...averagedWeights(state, isTextEncoderWeight)]);
      const image = averagedWeights(state, (name) => !isTextEncoderWeight(name));
      return writeModel(at(`${config.output}/model`), {
        textEncoder: { file: config.textEncoder, weights: text },
        transformer: { file: config.transformer, weights: image },
        vae,
        tokenizer: tokenizerFolder,
        shift,
        sampling: namedSampling(config),
      });
    },
    samples: (folder) => modelSamples(folder, data, runtimeOptions),
  };
}

/**
 * All weights of the text encoder as they begin: its last layer and norm condition nothing and stay so, but other
 * loaders want them in the file.
 */
function unreachedWeights(config: TextEncoderConfig, seed: number): Map<string, Tensor> {
  const g = new GraphBuilder({ weights: trainedWeights() });
  buildTextEncoder(g, config, { allHiddenStates: true });
  return new Map(
    g.parameters.map(({ name, dims }) => [name, flowInitialWeight(seed, name, dims as readonly number[])]),
  );
}
