import { expect, it } from "vitest";
import { chooseFairly, firstRound } from "./deficit-round-robin.ts";

const line = (id: string, count: number, work: number, weight = 1) => ({
  id,
  weight,
  jobs: Array.from({ length: count }, (_, i) => ({ id: `${id}${i}`, work })),
});

it("takes turns of equal work", () => {
  const { chosen } = chooseFairly(firstRound, [line("b", 4, 4), line("a", 8, 1)], 10);
  expect(chosen).toEqual(["a0", "a1", "a2", "a3", "b0", "a4", "a5", "a6", "a7", "b1"]);
});

it("gives the same in many small calls as in one", () => {
  const lines = [line("a", 30, 1, 2), line("b", 30, 3), line("c", 30, 2)];
  const whole = chooseFairly(firstRound, lines, 40).chosen;
  let state = firstRound;
  const bits: string[] = [];
  while (bits.length < 40) {
    const left = lines.map(({ jobs, ...rest }) => ({ ...rest, jobs: jobs.filter(({ id }) => !bits.includes(id)) }));
    const next = chooseFairly(state, left, 1);
    bits.push(...next.chosen);
    state = next.state;
  }
  expect(bits).toEqual(whole);
});

it("keeps no credit for accounts without jobs, and goes on with the others", () => {
  const { chosen, state } = chooseFairly(firstRound, [line("a", 1, 1), line("b", 3, 5)], 10);
  expect(chosen).toEqual(["a0", "b0", "b1", "b2"]);
  expect(state.deficits.size).toBe(0);
  expect(chooseFairly(state, [], 5).chosen).toEqual([]);
  expect(chooseFairly(firstRound, [line("a", 3, 1)], 0).chosen).toEqual([]);
});

it("serves small weights too, in time", () => {
  const { chosen } = chooseFairly(firstRound, [line("a", 200, 1), line("z", 2, 1, 0.01)], 150);
  expect(chosen.filter((id) => id.startsWith("z"))).toHaveLength(1);
});
