import { expect, it } from "vitest";
import { collect } from "../support/collect.ts";
import { checkMutations, describeFailure, mutationLine, simulate } from "./simulate.ts";

/*
 * The service, whole, under virtual time: production code, and a seed that decides every delay, fault, kill and client.
 * A failure prints the command that repeats it. `main.ts` runs the same from the command line, for as long as one
 * likes.
 */

const firstSeed = Number(process.env.SEED ?? 1);
const seeds = process.env.SEED ? 1 : 56;
const jobsPerSeed = 40;

it(`keeps every promise, whoever fails (${seeds} seeds of ${jobsPerSeed} jobs)`, { timeout: 900_000 }, async () => {
  const seen = { jobs: 0, kills: 0, attempts: 0, messages: 0, statuses: new Set<string>() };
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const run = await simulate(seed, jobsPerSeed);
    if (run.wrong.length > 0) expect.fail(`seed ${seed}\n${describeFailure(run)}`);
    seen.jobs += run.summary.jobs;
    seen.kills += run.summary.kills;
    seen.attempts += run.summary.attempts;
    seen.messages += run.summary.messages;
    for (const status of Object.keys(run.summary.statuses)) seen.statuses.add(status);
  }
  if (process.env.SEED) return;
  // A storm in a glass of water shows nothing.
  expect(seen.jobs).toBeGreaterThanOrEqual(2_000);
  expect(seen.kills).toBeGreaterThan(500);
  expect(seen.attempts).toBeGreaterThan(seen.jobs);
  expect(seen.messages).toBeGreaterThan(seen.jobs);
  expect(seen.statuses).toEqual(new Set(["succeeded", "failed", "canceled", "expired"]));
});

it("is a function of its seed", { timeout: 300_000 }, async () => {
  const [first, again, other] = [await simulate(7, 15), await simulate(7, 15), await simulate(8, 15)];
  expect(again).toEqual(first);
  expect(other.hash).not.toBe(first.hash);
});

it("catches every bug that is put in on purpose", { timeout: 900_000 }, async () => {
  const table = await collect(checkMutations());
  process.stdout.write(`${table.map(mutationLine).join("\n")}\n`);
  expect(table.length).toBeGreaterThanOrEqual(8);
  expect(table.filter(({ seed }) => seed === undefined)).toEqual([]);
});
