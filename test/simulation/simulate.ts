import { violations } from "./invariants.ts";
import { type Mutation, mutations } from "./mutations.ts";
import { type Summary, World } from "./world.ts";

export interface Run {
  readonly seed: number;
  readonly jobs: number;
  /** What did not hold afterwards; empty is good. */
  readonly wrong: readonly string[];
  /** Digest of the whole trace: equal for equal seeds and job counts, on any machine. */
  readonly hash: string;
  /** Its last lines. */
  readonly trace: readonly string[];
  readonly summary: Summary;
}

/** The whole service, once, under the faults that `seed` decides. */
export async function simulate(seed: number, jobs: number, mutation: Mutation = {}): Promise<Run> {
  const world = new World(seed, mutation);
  const wrong = await world.run(jobs, violations);
  return { seed, jobs, wrong, hash: world.scheduler.hash, trace: world.scheduler.trace, summary: world.summary };
}

/** What to do with a run that failed, and what happened last in it. */
export function describeFailure({ seed, jobs, wrong, trace }: Run): string {
  return [
    ...wrong.map((line) => `  ${line}`),
    "the end of the trace:",
    ...trace.map((line) => `  ${line}`),
    `again: npm run simulate -- --seed ${seed} --jobs ${jobs}`,
  ].join("\n");
}

export interface Caught {
  readonly bug: string;
  /** `undefined`: no seed caught it. */
  readonly seed: number | undefined;
  /** The first thing that did not hold. */
  readonly by: string;
}

/** Each deliberate bug against seeds from 1 until one catches it. */
export async function* checkMutations({ jobs = 30, seeds = 20 } = {}): AsyncGenerator<Caught, void> {
  for (const [bug, mutation] of Object.entries(mutations)) {
    let caught: Caught = { bug, seed: undefined, by: "" };
    for (let seed = 1; seed <= seeds && caught.seed === undefined; seed++) {
      const { wrong } = await simulate(seed, jobs, mutation);
      if (wrong[0] !== undefined) caught = { bug, seed, by: wrong[0] };
    }
    yield caught;
  }
}

export function mutationLine({ bug, seed, by }: Caught): string {
  return `${seed === undefined ? "MISSED" : "caught"}  ${bug.padEnd(58)}  ${seed === undefined ? "" : `seed ${seed}: ${by}`}`;
}
