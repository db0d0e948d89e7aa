import type { TrainState } from "./train-state.ts";

export interface TaskStep {
  readonly state: TrainState;
  readonly loss: number;
  /** Images in the batch. */
  readonly samples: number;
  /** More numbers for the log, by name. */
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * The task of a training loop. A step depends only on the state, its number and the configuration, so a saved state
 * goes on exactly as the unbroken run would have. A task is free to hold several networks and losses (a teacher, a
 * critic): the loop sees one state.
 */
export interface TrainingTask {
  readonly steps: number;
  initialState(): TrainState;
  step(state: TrainState): Promise<TaskStep>;
  release(): Promise<void>;
}
