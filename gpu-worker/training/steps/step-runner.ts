import type { OnnxTensor } from "../../runtime/onnx-session.ts";
import type { TrainState } from "../train-state.ts";
import type { StepInputs, StepResult } from "./train-step.ts";

/** One batch of a flow-matching step. */
interface StepBatch extends StepInputs {
  /** Whether it needs the graph with masks. */
  readonly masked: boolean;
  readonly feeds: Readonly<Record<string, OnnxTensor>>;
}

/** Takes steps of one kind of graph: as a whole, or block by block. */
export interface StepRunner {
  initialState(): TrainState;
  /** The state given is left as it was. */
  run(state: TrainState, batch: StepBatch): Promise<StepResult>;
  release(): Promise<void>;
}
