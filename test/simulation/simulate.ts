import { parseArgs } from "node:util";
import { violations } from "./invariants.ts";
import { World } from "./world.ts";

/** One run: the service under faults, and what did not hold afterwards. */
export async function simulate(seed: number, jobs: number, mutation: ConstructorParameters<typeof World>[1] = {}) {
  const world = new World(seed, mutation);
  const wrong = await world.run(jobs, violations);
  return { seed, wrong, hash: world.scheduler.hash, trace: world.scheduler.trace, summary: world.summary };
}
