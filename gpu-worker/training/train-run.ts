import { pathToFileURL } from "node:url";
import { textEncoderConfig, transformerConfig, vaeConfig } from "../graph/z-image-config.ts";
import { loadTokenizer } from "../pipeline/tokenizer.ts";
import { createNodeRuntime, type NodeRuntimeOptions, type OnnxRuntime } from "../runtime/onnx-session.ts";
import { type Tensor, tensor } from "../tensor.ts";
import { type Checkpoint, openCheckpoint } from "../weights/checkpoint.ts";
import { readTensor } from "../weights/safetensors.ts";
import { flowTask } from "./flow-task.ts";
import { openLatentCache } from "./latent-cache.ts";
import { modelSamples, vaeSamples } from "./report-samples.ts";
import type { FlowTrainConfig, OpenTrainConfig, VaeTrainConfig } from "./train-config.ts";
import type { TrainState } from "./train-state.ts";
import type { OpenTrainingData, TrainingData } from "./training-data.ts";
import type { ReportSample } from "./training-report.ts";
import type { TrainingTask } from "./training-task.ts";
import { vaeTask } from "./vae-task.ts";
import { averagedWeights } from "./write-component.ts";
import { writeModel } from "./write-model.ts";
import { writeVae } from "./write-vae.ts";

/** One configured training, ready to be run by the loop. */
export interface TrainRun {
  readonly task: TrainingTask;
  /** Changes with whatever makes a checkpoint useless: kind, seed, architecture, data. */
  readonly fingerprint: string;
  /** Write what a state has learned so that the engine can load it. @returns the folder */
  write(state: TrainState): Promise<string>;
  /** What the model in that folder makes, for the report. */
  samples(folder: string): Promise<ReportSample[]>;
}

interface RunContext {
  readonly at: OpenTrainConfig["at"];
  readonly data: TrainingData;
  readonly runtimeOptions: NodeRuntimeOptions;
  readonly runtime: OnnxRuntime;
}

export async function openTrainRun({ config, at }: OpenTrainConfig): Promise<TrainRun> {
  const { device, threads } = config;
  const runtimeOptions = { ...(device && { device }), ...(threads && { threads }) };
  const data = await openData(at(config.data.module), config.data.options);
  const context = { at, data, runtimeOptions, runtime: createNodeRuntime(runtimeOptions) };
  switch (config.kind) {
    case "vae":
      return openVaeRun(config, context);
    case "flow":
      return openFlowRun(config, context);
  }
}

function openVaeRun(config: VaeTrainConfig, { at, data, runtime }: RunContext): TrainRun {
  const vae = vaeConfig.parse(config.vae);
  const { decoderOf: folder, ...options } = config;
  const decoderOf = folder === undefined ? undefined : openCheckpoint(at(folder));
  return {
    task: vaeTask(vae, data, runtime, { ...options, ...(decoderOf && { decoderOf }) }),
    fingerprint: JSON.stringify([config.kind, config.seed, vae, data.fingerprint, ...(decoderOf ? ["decoder"] : [])]),
    write: (state) => writeVae(at(`${config.output}/vae`), config.vae, vaeWeights(state, decoderOf), data, runtime),
    samples: (folder) => vaeSamples(folder, data, runtime),
  };
}

/** What was trained, and the rest as it was. */
function vaeWeights(state: TrainState, frozen: Checkpoint | undefined): Map<string, Tensor> {
  const stored = Array.from(frozen?.tensors ?? [], ([name, weight]) => {
    return [name, tensor(Float32Array.from(readTensor(weight)), weight.shape)] as const;
  });
  return new Map([...stored, ...averagedWeights(state)]);
}

async function openFlowRun(
  config: FlowTrainConfig,
  { at, data, runtime, runtimeOptions }: RunContext,
): Promise<TrainRun> {
  const { seed, shift } = config;
  const textEncoder = textEncoderConfig.parse(config.textEncoder);
  const transformer = transformerConfig.parse(config.transformer);
  const [vae, tokenizerFolder] = [at(config.vae), at(config.tokenizer)];
  const tokenizer = await loadTokenizer(tokenizerFolder);
  const latents = await openLatentCache(at(config.output), vae, data, runtime);
  const parts = {
    textEncoder: { file: config.textEncoder, config: textEncoder },
    transformer: config.transformer,
    vae,
    tokenizer: tokenizerFolder,
    shift,
    seed,
  };
  return {
    task: flowTask({ textEncoder, transformer, tokenizer, data, latents }, runtime, config),
    fingerprint: JSON.stringify([config.kind, seed, textEncoder, transformer, data.fingerprint]),
    write: (state) => writeModel(at(`${config.output}/model`), state, parts),
    samples: (folder) => modelSamples(folder, data, runtimeOptions),
  };
}

async function openData(module: string, options: unknown): Promise<TrainingData> {
  const { default: open } = (await import(pathToFileURL(module).href)) as { default: OpenTrainingData };
  return open(options);
}
