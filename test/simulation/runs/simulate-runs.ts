import { runMutations } from "./run-mutations.ts";
import { runViolations } from "./run-violations.ts";
import { type RunMutation, RunWorld } from "./run-world.ts";

export interface SimulatedRuns {
  readonly seed: number;
  /** What did not hold afterwards; empty is good. */
  readonly wrong: readonly string[];
  readonly hash: string;
  readonly trace: readonly string[];
  readonly kills: number;
  readonly pauses: number;
  readonly batches: number;
}

/** Batches and catalogue runs of so many rows each, under the faults that `seed` decides. */
export async function simulateRuns(
  seed: number,
  batches: number,
  mutation: RunMutation = {},
  catalogues: readonly number[] = [],
): Promise<SimulatedRuns> {
  const world = new RunWorld(seed, mutation);
  await world.run(batches, catalogues);
  const wrong = await runViolations(world);
  await world.items.close();
  const { kills, pauses, scheduler } = world;
  return { seed, wrong, hash: scheduler.hash, trace: scheduler.trace, kills, pauses, batches };
}

export interface CaughtRunBug {
  readonly bug: string;
  /** `undefined`: no seed caught it. */
  readonly seed: number | undefined;
  readonly by: string;
}

/** Each deliberate bug against seeds from 1 until one catches it. */
export async function* checkRunMutations({ batches = 6, seeds = 20 } = {}): AsyncGenerator<CaughtRunBug, void> {
  for (const [bug, mutation] of Object.entries(runMutations)) {
    let caught: CaughtRunBug = { bug, seed: undefined, by: "" };
    for (let seed = 1; seed <= seeds && caught.seed === undefined; seed++) {
      const { wrong } = await simulateRuns(seed, batches, mutation);
      if (wrong[0] !== undefined) caught = { bug, seed, by: wrong[0] };
    }
    yield caught;
  }
}
