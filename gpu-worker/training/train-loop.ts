import { appendFile, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InvalidFileError } from "../../shared/errors.ts";
import { loadTrainState, saveTrainState, type TrainState } from "./train-state.ts";
import type { TrainingTask } from "./training-task.ts";

export interface LoggedStep {
  readonly step: number;
  readonly loss: number;
  readonly samples: number;
  /** Wall time of this step. */
  readonly seconds: number;
  readonly [metric: string]: number;
}

export interface TrainLoopOptions {
  /** Where `checkpoint.safetensors` and `steps.jsonl` are kept. */
  readonly folder: string;
  /** Steps between checkpoints. */
  readonly checkpointEvery: number;
  /** Must equal a checkpoint's for training to continue from it; covers the architecture, for example. */
  readonly fingerprint: string;
  /** Stops after the running step, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** Milliseconds; any origin. */
  readonly now: () => number;
  onStep?(logged: LoggedStep, state: TrainState): void;
}

/**
 * Take the steps of a task that are still to take, from its last checkpoint if there is one. A process that dies loses
 * what came after that checkpoint, and nothing else.
 * @returns the state after the last step taken
 * @throws InvalidFileError when the checkpoint is of another training
 */
export async function trainLoop(task: TrainingTask, options: TrainLoopOptions): Promise<TrainState> {
  const { folder, checkpointEvery, fingerprint, signal, now } = options;
  await mkdir(folder, { recursive: true });
  const log = stepLog(folder);
  let state = await resume(folder, fingerprint);
  if (state) await log.keepUntil(state.step);
  else {
    await log.keepUntil(0);
    state = task.initialState();
  }
  const save = (saved: TrainState) => saveTrainState(checkpointPath(folder), saved, { fingerprint });
  let savedAt = state.step;
  while (state.step < task.steps && !signal?.aborted) {
    const startedAt = now();
    const result = await task.step(state);
    if (!Number.isFinite(result.loss)) {
      throw new Error(`the loss of step ${result.state.step} is ${result.loss}; try a smaller learning rate`);
    }
    state = result.state;
    const { loss, samples, metrics } = result;
    const logged = { step: state.step, loss, samples, seconds: (now() - startedAt) / 1000, ...metrics };
    await log.append(logged);
    options.onStep?.(logged, state);
    if (state.step % checkpointEvery === 0) {
      await save(state);
      savedAt = state.step;
    }
  }
  if (savedAt !== state.step) await save(state);
  return state;
}

const checkpointPath = (folder: string) => join(folder, "checkpoint.safetensors");

async function resume(folder: string, fingerprint: string): Promise<TrainState | undefined> {
  const path = checkpointPath(folder);
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  if (!exists) return undefined;
  const { state, metadata } = loadTrainState(path);
  if (metadata.get("fingerprint") !== fingerprint) {
    throw new InvalidFileError(
      `${path} is of another training (model, data or seed differ); choose another output folder, or remove the file`,
    );
  }
  return state;
}

/** The state of the last checkpoint. @throws InvalidFileError when there is none, or when it is of another training */
export async function lastCheckpoint(folder: string, fingerprint: string): Promise<TrainState> {
  const state = await resume(folder, fingerprint);
  if (!state) throw new InvalidFileError(`${checkpointPath(folder)}: there is no checkpoint yet`);
  return state;
}

/** One JSON object per step and line. */
function stepLog(folder: string) {
  const path = join(folder, "steps.jsonl");
  return {
    append: (logged: LoggedStep) => appendFile(path, `${JSON.stringify(logged)}\n`),
    /** Forget the steps that a checkpoint does not know. */
    async keepUntil(step: number): Promise<void> {
      const kept = (await readStepLog(folder)).filter((logged) => logged.step <= step);
      await writeFile(path, kept.map((logged) => `${JSON.stringify(logged)}\n`).join(""));
    },
  };
}

/** The steps logged so far; a line that was cut short by a dying process is left out. */
export async function readStepLog(folder: string): Promise<LoggedStep[]> {
  const text = await readFile(join(folder, "steps.jsonl"), "utf8").catch(() => "");
  const lines = text.split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as LoggedStep);
}
