import { expect, it } from "vitest";
import { collect } from "../../support/collect.ts";
import { checkRunMutations, simulateRuns } from "./simulate-runs.ts";

const firstSeed = Number(process.env.SEED ?? 1);
const seeds = process.env.SEED ? 1 : 20;

it(`keeps every promise of runs, whoever fails (${seeds} seeds)`, { timeout: 600_000 }, async () => {
  let kills = 0;
  let pauses = 0;
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const { wrong, trace, ...seen } = await simulateRuns(seed, 6);
    const again = `again: SEED=${seed} npx vitest run test/simulation/runs`;
    if (wrong.length > 0) expect.fail([`seed ${seed}`, ...wrong, ...trace.slice(-60), again].join("\n"));
    kills += seen.kills;
    pauses += seen.pauses;
  }
  if (process.env.SEED) return;
  expect(kills).toBeGreaterThan(200);
  expect(pauses).toBeGreaterThan(50);
});

it("keeps every promise of catalogue runs beside batches (8 seeds)", { timeout: 600_000 }, async () => {
  for (let seed = firstSeed; seed < firstSeed + 8; seed++) {
    const { wrong, trace } = await simulateRuns(seed, 2, {}, [1, 25, 60]);
    if (wrong.length > 0) expect.fail([`seed ${seed}`, ...wrong, ...trace.slice(-60)].join("\n"));
  }
});

it("is a function of its seed", { timeout: 120_000 }, async () => {
  const [first, again, other] = [
    await simulateRuns(7, 3, {}, [9]),
    await simulateRuns(7, 3, {}, [9]),
    await simulateRuns(8, 3, {}, [9]),
  ];
  expect(again).toEqual(first);
  expect(other.hash).not.toBe(first.hash);
});

it("catches every bug of runs that is put in on purpose", { timeout: 600_000 }, async () => {
  const table = await collect(checkRunMutations());
  process.stdout.write(`${table.map(({ bug, seed, by }) => `${seed ?? "MISSED"}  ${bug}: ${by}`).join("\n")}\n`);
  expect(table.length).toBeGreaterThanOrEqual(8);
  expect(table.filter(({ seed }) => seed === undefined)).toEqual([]);
});
