import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Tensor } from "../tensor.ts";
import { type SamplingConfig, samplingFileName, samplingFileText } from "../weights/folder/sampling-config.ts";
import { writeComponent } from "./write-component.ts";

type ConfigFile = Readonly<Record<string, unknown>>;

export interface ModelParts {
  readonly textEncoder: { readonly file: ConfigFile; readonly weights: ReadonlyMap<string, Tensor> };
  readonly transformer: { readonly file: ConfigFile; readonly weights: ReadonlyMap<string, Tensor> };
  /** Folders that are copied. */
  readonly vae: string;
  readonly tokenizer: string;
  readonly shift: number;
  /** How the model is to be sampled, where its shift alone does not tell. */
  readonly sampling?: SamplingConfig;
}

/**
 * Write a complete model folder in the Hugging Face layout.
 * @returns the folder
 */
export async function writeModel(folder: string, parts: ModelParts): Promise<string> {
  const { textEncoder, transformer } = parts;
  await mkdir(folder, { recursive: true });
  await writeComponent(join(folder, "text_encoder"), textEncoder.file, textEncoder.weights, "model.safetensors");
  const transformerFile = "diffusion_pytorch_model.safetensors";
  await writeComponent(join(folder, "transformer"), transformer.file, transformer.weights, transformerFile);
  await cp(parts.vae, join(folder, "vae"), { recursive: true });
  await cp(parts.tokenizer, join(folder, "tokenizer"), { recursive: true });
  await writeJson(join(folder, "scheduler"), "scheduler_config.json", {
    _class_name: "FlowMatchEulerDiscreteScheduler",
    _diffusers_version: "0.36.0.dev0",
    num_train_timesteps: 1000,
    use_dynamic_shifting: false,
    shift: parts.shift,
  });
  if (parts.sampling) await writeFile(join(folder, samplingFileName), samplingFileText(parts.sampling));
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

async function writeJson(folder: string, name: string, value: ConfigFile): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
}
