import { pathToFileURL } from "node:url";
import { createNodeRuntime } from "../runtime/onnx-session.ts";
import { openFolderData } from "./data/folder-data.ts";
import type { OpenTrainingData, TrainingData } from "./data/training-data.ts";
import { openDistillRun } from "./distill/distill-run.ts";
import { openFinetuneRun, openLoraRun } from "./flow/finetune-run.ts";
import { openFlowRun } from "./flow/flow-run.ts";
import type { OpenTrainConfig, TrainConfig } from "./train-config.ts";
import type { RunContext, TrainRun } from "./training-run.ts";
import { openVaeRun } from "./vae/vae-run.ts";

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
