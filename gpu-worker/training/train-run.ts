import { pathToFileURL } from "node:url";
import { createNodeRuntime, type NodeRuntimeOptions, type OnnxRuntime } from "../runtime/onnx-session.ts";
import { openFolderData } from "./data/folder-data.ts";
import type { OpenTrainingData, TrainingData } from "./data/training-data.ts";
import { openDistillRun } from "./distill/distill-run.ts";
import { openFinetuneRun, openLoraRun } from "./flow/finetune-run.ts";
import { openFlowRun } from "./flow/flow-run.ts";
import type { OpenTrainConfig, TrainConfig } from "./train-config.ts";
import type { TrainState } from "./train-state.ts";
import type { ReportSample } from "./training-report.ts";
import type { TrainingTask } from "./training-task.ts";
import { openVaeRun } from "./vae/vae-run.ts";

/** One configured training, ready to be run by the loop. */
export interface TrainRun {
  readonly task: TrainingTask;
  /** Changes with whatever makes a checkpoint useless: kind, seed, architecture, data. */
  readonly fingerprint: string;
  /** Write what a state has learned so that the engine can load it. @returns the folder or file */
  write(state: TrainState): Promise<string>;
  /** What the model that was written there makes, for the report. */
  samples(written: string): Promise<ReportSample[]>;
}

/** What every kind of training needs. */
export interface RunContext {
  readonly at: OpenTrainConfig["at"];
  readonly data: TrainingData;
  readonly runtimeOptions: NodeRuntimeOptions;
  readonly runtime: OnnxRuntime;
  /** Told a line at a time of what is done before the first step, and of data that is left out. */
  readonly tell: (text: string) => void;
}

export async function openTrainRun({ config, at }: OpenTrainConfig, tell: RunContext["tell"]): Promise<TrainRun> {
  const { device, threads } = config;
  const runtimeOptions = { device, threads: threads || undefined };
  const data = await openData(config.data, at, tell);
  const context = { at, data, runtimeOptions, runtime: createNodeRuntime(runtimeOptions), tell };
  switch (config.kind) {
    case "vae":
      return openVaeRun(config, context);
    case "flow":
      return openFlowRun(config, context);
    case "finetune":
      return openFinetuneRun(config, context);
    case "lora":
      return openLoraRun(config, context);
    case "distill":
      return openDistillRun(config, context);
  }
}

async function openData(
  data: TrainConfig["data"],
  at: OpenTrainConfig["at"],
  tell: RunContext["tell"],
): Promise<TrainingData> {
  if ("folder" in data) return openFolderData(at(data.folder), { ...data, tell });
  const { default: open } = (await import(pathToFileURL(at(data.module)).href)) as { default: OpenTrainingData };
  return open(data.options);
}
