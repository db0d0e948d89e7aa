import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GraphBuilder } from "../graph/graph-builder.ts";
import { buildTextEncoder } from "../graph/text-encoder.ts";
import type { TextEncoderConfig } from "../graph/z-image-config.ts";
import type { Tensor } from "../tensor.ts";
import { flowInitialWeight } from "./flow-task.ts";
import type { TrainState } from "./train-state.ts";
import { trainedWeights } from "./trained-weights.ts";
import { averagedWeights, writeComponent } from "./write-component.ts";

type ConfigFile = Readonly<Record<string, unknown>>;

export interface ModelParts {
  readonly textEncoder: { readonly file: ConfigFile; readonly config: TextEncoderConfig };
  readonly transformer: ConfigFile;
  /** Folders that are copied. */
  readonly vae: string;
  readonly tokenizer: string;
  readonly shift: number;
  /** Of the weights that training does not reach. */
  readonly seed: number;
}

/**
 * Write a complete model folder in the Hugging Face layout with the averaged weights of a training of text encoder and transformer.
 * @returns the folder
 */
export async function writeModel(folder: string, state: TrainState, parts: ModelParts): Promise<string> {
  const isText = (name: string) => name.startsWith("model.");
  const text = averagedWeights(state, isText);
  addUnreached(text, parts);
  await mkdir(folder, { recursive: true });
  await writeComponent(join(folder, "text_encoder"), parts.textEncoder.file, text, "model.safetensors");
  await writeComponent(
    join(folder, "transformer"),
    parts.transformer,
    averagedWeights(state, (name) => !isText(name)),
    "diffusion_pytorch_model.safetensors",
  );
  await cp(parts.vae, join(folder, "vae"), { recursive: true });
  await cp(parts.tokenizer, join(folder, "tokenizer"), { recursive: true });
  await writeJson(join(folder, "scheduler"), "scheduler_config.json", {
    _class_name: "FlowMatchEulerDiscreteScheduler",
    _diffusers_version: "0.36.0.dev0",
    num_train_timesteps: 1000,
    use_dynamic_shifting: false,
    shift: parts.shift,
  });
  await writeJson(folder, "model_index.json", {
    _class_name: "ZImagePipeline",
    _diffusers_version: "0.36.0.dev0",
    scheduler: ["diffusers", "FlowMatchEulerDiscreteScheduler"],
    text_encoder: ["transformers", "Qwen3Model"],
    tokenizer: ["transformers", "Qwen2Tokenizer"],
    transformer: ["diffusers", "ZImageTransformer2DModel"],
    vae: ["diffusers", "AutoencoderKL"],
  });
  return folder;
}

/** The last layer of the text encoder and its norm condition nothing, but other loaders want them in the file. */
function addUnreached(weights: Map<string, Tensor>, { textEncoder, seed }: ModelParts): void {
  const g = new GraphBuilder({ weights: trainedWeights() });
  buildTextEncoder(g, textEncoder.config, { allHiddenStates: true });
  for (const { name, dims } of g.parameters) {
    if (!weights.has(name)) weights.set(name, flowInitialWeight(seed, name, dims as readonly number[]));
  }
}

async function writeJson(folder: string, name: string, value: ConfigFile): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
}
