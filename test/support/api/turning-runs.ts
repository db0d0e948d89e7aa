import { afterEach, beforeEach } from "vitest";
import { RunLoop } from "../../../functions/runs/steps/run-loop.ts";
import { api } from "./cli-under-test.ts";
import { stepDependencies } from "./openai-batches.ts";

/** Takes the steps of runs of `serveCli`'s API during each test of the file, which calls it after `serveCli`. */
export function turnRuns(): void {
  let ended: AbortController;
  let turning: Promise<void>;
  beforeEach(() => {
    ended = new AbortController();
    turning = turn(ended.signal);
  });
  afterEach(() => {
    ended.abort();
    return turning;
  });
}

async function turn(signal: AbortSignal): Promise<void> {
  const loop = new RunLoop(stepDependencies(api));
  while (!signal.aborted) {
    await Promise.all(await loop.startDue());
    await api.clock.sleep(500, signal);
  }
}
