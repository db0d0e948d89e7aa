import type { NodeRuntimeOptions, OnnxRuntime } from "../runtime/onnx-session.ts";
import type { TrainingData } from "./data/training-data.ts";
import type { OpenTrainConfig } from "./train-config.ts";
import type { TrainState } from "./train-state.ts";
import type { ReportSample } from "./training-report.ts";
import type { TrainingTask } from "./training-task.ts";

/** One configured training, ready to be run by the loop. */
export interface TrainRun {
  readonly task: TrainingTask;
  /** Changes with whatever makes a checkpoint useless: kind, seed, architecture, data. */
  readonly fingerprint: string;
  /** Write what a state has learned so that the engine can load it. @returns the folder or file */
  write(state: TrainState): Promise<string>;
  /** Samples of the model written there, for the report. */
  samples(written: string): Promise<ReportSample[]>;
}

/** Inputs shared by all kinds of training. */
export interface RunContext {
  readonly at: OpenTrainConfig["at"];
  readonly data: TrainingData;
  readonly runtimeOptions: NodeRuntimeOptions;
  readonly runtime: OnnxRuntime;
  /** Called with a line per preparation before the first step, and per piece of data left out. */
  readonly tell: (text: string) => void;
}
