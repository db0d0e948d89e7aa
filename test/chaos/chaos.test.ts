import { expect, it } from "vitest";
import { runChaos } from "./chaos.ts";

/*
 * `npm run chaos` at a size for every day, with a fake engine: API, dispatcher and workers as processes, `kill -9` of
 * any of them. The moments come from a seed (SEED=n takes that one); the machine's own timing does not, so a failure
 * may need a few runs to show again.
 */

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

it(`keeps every promise, whoever is killed (seed ${seed})`, { timeout: 240_000 }, async () => {
  const report = await runChaos({ seed, jobs: 60, killEveryMs: 500, leaseMs: 1_500, patienceMs: 220_000 });
  expect(report.wrong).toEqual([]);
  expect(report.kills).toBeGreaterThan(3);
});
