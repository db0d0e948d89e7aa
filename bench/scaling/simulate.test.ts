import { expect, it } from "vitest";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { ourPolicy, secondsPerJob } from "./policies.ts";
import { simulate, world } from "./simulate.ts";
import { makeTraces, type Trace } from "./traces.ts";

/** Halfway everywhere: no jitter, jobs of the mean length, and no interruption. */
const middle = () => 0.5;
const trace = (arrivals: readonly number[], changes: Partial<Trace> = {}): Trace => ({
  name: "test",
  what: "",
  kind: "steady",
  hours: 1,
  arrivals: [...arrivals],
  ...changes,
});
const always =
  (spot: number, onDemand = 0) =>
  () => ({ spot, onDemand });

it("makes the first job wait for a machine to start", () => {
  const outcome = simulate(trace([0]), always(1), middle);
  expect(outcome.waitS.p50).toBe(world.startS);
  expect(outcome).toMatchObject({ images: 1, starts: 1, onDemandHours: 0 });
});

it("draws one job at a time in the order of arrival", () => {
  const { waitS, images } = simulate(trace([0, 0, 0]), always(1), middle);
  expect(images).toBe(3);
  expect([waitS.p50, waitS.p99]).toEqual([world.startS + secondsPerJob, world.startS + 2 * secondsPerJob]);
});

it("pays for a machine until it has lingered, also for the hour without work", () => {
  const { gpuHours, idleShare } = simulate(trace([0]), always(1), middle);
  expect(gpuHours).toBeCloseTo((3600 + world.lingerS) / 3600, 5);
  expect(idleShare).toBeCloseTo(1 - secondsPerJob / (3600 + world.lingerS), 5);
});

it("has no spot machines during a drought, and on-demand ones all the same", () => {
  const spotDrought = { from: 0, to: 1800 };
  expect(simulate(trace([0], { spotDrought }), always(1), middle).waitS.p50).toBe(1800 + world.startS);
  expect(simulate(trace([0], { spotDrought }), always(0, 1), middle).waitS.p50).toBe(world.startS);
});

it("draws a job again whose machine was taken away", () => {
  const spotDrought = { from: world.startS + 1, to: world.startS + 2 };
  const { images, starts } = simulate(trace([0], { spotDrought }), always(1), middle);
  expect({ images, starts }).toEqual({ images: 1, starts: 2 });
});

it("ends with an error where the policy never draws what arrived", () => {
  expect(() => simulate(trace([0]), always(0), middle)).toThrow("test: the policy never ends the work");
});

it("buys nothing on demand for a large fleet whose spot machines come, and does in a drought", () => {
  const random = seededRandom(7);
  const byName = new Map(makeTraces(random).map((one) => [one.name, one]));
  const play = (name: string, maxWorkers: number) =>
    simulate(byName.get(name)!, ourPolicy({ maxWorkers }), seededRandom(7));
  for (const startS of [150, 240]) {
    const { onDemandHours, starts } = play(`large fleet, start ${startS} s`, 200);
    expect(onDemandHours).toBe(0);
    expect(starts).toBeGreaterThan(180);
  }
  expect(play("spot drought", 20).onDemandHours).toBeGreaterThan(1);
});

it("counts a worker as running only once its machine is there", () => {
  const seen: number[] = [];
  simulate(
    trace([0]),
    ({ spot }) => {
      seen.push(spot.running);
      return { spot: 1, onDemand: 0 };
    },
    middle,
  );
  expect(seen.slice(0, 6)).toEqual([0, 0, 0, 0, 1, 1]);
});
