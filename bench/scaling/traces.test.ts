import { expect, it } from "vitest";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { makeTraces } from "./traces.ts";

const traces = makeTraces(seededRandom(1));
const named = (name: string) => traces.find((trace) => trace.name === name)!;

it("gives every policy the same day: one seed, ascending, within the hours", () => {
  expect(makeTraces(seededRandom(1))).toEqual(traces);
  for (const { arrivals, hours } of traces) {
    expect(arrivals.every((second, i) => second >= (arrivals[i - 1] ?? 0) && second < hours * 3_600)).toBe(true);
  }
});

it("has the rates that it says", () => {
  // 600 an hour over 24 hours: within four standard deviations of a coin per second.
  expect(Math.abs(named("steady").arrivals.length - 14_400)).toBeLessThan(4 * Math.sqrt(14_400));
  const day = named("office hours").arrivals.filter((second) => second >= 9 * 3_600 && second < 18 * 3_600).length;
  expect(Math.abs(day - 8_100)).toBeLessThan(4 * Math.sqrt(8_100));
  // More than one a second, three times for twenty minutes; else 100 an hour.
  expect(Math.abs(named("flash sale").arrivals.length - 8_300)).toBeLessThan(4 * Math.sqrt(8_300));
  // A rate of one a second: each of the twelve bursts has its 60.
  expect(named("now and then").arrivals).toHaveLength(12 * 60);
  expect(named("batch at night").arrivals.filter((second) => second === 3_600)).toHaveLength(50_000);
});
