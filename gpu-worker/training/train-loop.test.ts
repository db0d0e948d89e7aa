import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { tensor } from "../tensor.ts";
import { lastCheckpoint, readStepLog, type TrainLoopOptions, trainLoop } from "./train-loop.ts";
import type { TrainingTask } from "./training-task.ts";

/** A state of one number that grows by its step; `dieAt` stands for a killed process. */
function countingTask(
  steps: number,
  { dieAt, lossAt = () => 1 }: { dieAt?: number; lossAt?: (n: number) => number } = {},
) {
  const task: TrainingTask = {
    steps,
    initialState: () => ({ step: 0, tensors: new Map([["sum", tensor(Float32Array.of(0), [1])]]) }),
    async step({ step, tensors }) {
      const number = step + 1;
      if (number === dieAt) throw new Error("killed");
      const sum = tensor(Float32Array.of(tensors.get("sum")!.data[0]! + number), [1]);
      return {
        state: { step: number, tensors: new Map([["sum", sum]]) },
        loss: lossAt(number),
        samples: 2,
        metrics: { sum: sum.data[0]! },
      };
    },
    release: async () => {},
  };
  return task;
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "train-loop-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

const optionsFor = (folder: string, more: Partial<TrainLoopOptions> = {}): TrainLoopOptions => ({
  folder,
  checkpointEvery: 3,
  fingerprint: "a model",
  now: () => 0,
  ...more,
});

describe("a training", () => {
  it("takes all steps, logs each, and keeps the last state", async () => {
    const folder = await temporaryFolder();
    const state = await trainLoop(countingTask(4), optionsFor(folder));
    expect(state.step).toBe(4);
    expect(await lastCheckpoint(folder, "a model")).toEqual(state);
    expect(await readStepLog(folder)).toEqual(
      [1, 3, 6, 10].map((sum, index) => ({ step: index + 1, loss: 1, samples: 2, seconds: 0, sum })),
    );
  });

  it("that dies loses what came after its last checkpoint, and ends as an unbroken one", async () => {
    const folder = await temporaryFolder();
    await expect(trainLoop(countingTask(10, { dieAt: 9 }), optionsFor(folder))).rejects.toThrow("killed");
    expect((await lastCheckpoint(folder, "a model")).step).toBe(6);
    expect((await readStepLog(folder)).length).toBe(8);
    const started: number[] = [];
    const resumed = await trainLoop(countingTask(10), optionsFor(folder, { onStep: ({ step }) => started.push(step) }));
    expect(started).toEqual([7, 8, 9, 10]);

    const other = await temporaryFolder();
    expect(resumed).toEqual(await trainLoop(countingTask(10), optionsFor(other)));
    expect(await readStepLog(folder)).toEqual(await readStepLog(other));
  });

  it("leaves out a line that a dying process cut short", async () => {
    const folder = await temporaryFolder();
    await trainLoop(countingTask(3), optionsFor(folder));
    const path = join(folder, "steps.jsonl");
    await writeFile(path, `${await readFile(path, "utf8")}{"step":4,"lo`);
    await trainLoop(countingTask(4), optionsFor(folder));
    expect((await readStepLog(folder)).map(({ step }) => step)).toEqual([1, 2, 3, 4]);
  });

  it("stops when asked to, with a checkpoint", async () => {
    const folder = await temporaryFolder();
    const stop = new AbortController();
    const onStep = ({ step }: { step: number }) => step === 2 && stop.abort();
    const state = await trainLoop(countingTask(10), optionsFor(folder, { signal: stop.signal, onStep }));
    expect(state.step).toBe(2);
    expect((await lastCheckpoint(folder, "a model")).step).toBe(2);
  });

  it("refuses the checkpoint of another training", async () => {
    const folder = await temporaryFolder();
    await trainLoop(countingTask(1), optionsFor(folder));
    await expect(trainLoop(countingTask(2), optionsFor(folder, { fingerprint: "another" }))).rejects.toThrow(
      "checkpoint.safetensors is of another training",
    );
    await expect(lastCheckpoint(await temporaryFolder(), "a model")).rejects.toThrow("there is no checkpoint yet");
  });

  it("ends at a loss that is no number, before it is saved", async () => {
    const folder = await temporaryFolder();
    const task = countingTask(5, { lossAt: (step) => (step === 4 ? Number.NaN : 1) });
    await expect(trainLoop(task, optionsFor(folder))).rejects.toThrow("the loss of step 4 is NaN");
    expect((await lastCheckpoint(folder, "a model")).step).toBe(3);
  });
});
