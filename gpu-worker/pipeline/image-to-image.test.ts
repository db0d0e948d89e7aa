import { describe, expect, it } from "vitest";
import { tensor } from "../tensor.ts";
import { flowMatchSchedule } from "./flow-match-scheduler.ts";
import { keepPicture, latentMask, maskPixels, scheduleFrom, stepsFrom } from "./image-to-image.ts";

describe("strength", () => {
  const schedule = flowMatchSchedule({ numTrainTimesteps: 1000, shift: 3 }, 8);

  it.each([
    [1, 8],
    [0.6, 5], // int(8 − 4.8) = 3 are left out
    [0.05, 1],
  ])("%d of 8 steps leaves %d", (strength, steps) => {
    const rest = scheduleFrom(schedule, strength);
    expect([rest.timesteps.length, rest.modelTimes.length, rest.sigmas.length]).toEqual([steps, steps, steps + 1]);
    expect([...rest.sigmas]).toEqual([...schedule.sigmas.subarray(8 - steps)]);
  });

  it.each([
    [2, 0.6, [0.75, 0]], // int(2 − 1.2) = 0, but the image is to count
    [2, 1, [1, 0.75, 0]],
    [2, 0.05, [0.75, 0]],
    [4, 0.95, [0.9, 0.75, 0.5, 0]],
    [1, 0.6, [0.6, 0]],
    [1, 1, [1, 0]],
  ])("of %d steps, %d leaves the levels %j", (count, strength, expected) => {
    const few = flowMatchSchedule({ numTrainTimesteps: 1000, shift: 3 }, count);
    const { sigmas, timesteps, modelTimes } = scheduleFrom(few, strength);
    expect([...sigmas]).toEqual(expected.map((sigma) => expect.closeTo(sigma, 6)));
    expect([...timesteps]).toEqual(expected.slice(0, -1).map((sigma) => expect.closeTo(1000 * sigma, 3)));
    expect([...modelTimes]).toEqual(expected.slice(0, -1).map((sigma) => expect.closeTo(1 - sigma, 6)));
    expect(stepsFrom(count, strength)).toBe(timesteps.length);
  });

  it.each([0, -1, 1.1, Number.NaN])("%d is refused", (strength) => {
    expect(() => scheduleFrom(schedule, strength)).toThrow("strength must be above 0 and at most 1");
  });
});

describe("a mask", () => {
  const data = new Uint8Array(16 * 8);
  data[0] = 128; // cell 0, on the limit
  data[8] = 127; // cell 1, just below
  data[1] = 255; // not where cell 0 looks

  it("counts for a cell by the pixel at its top left", () => {
    expect(latentMask({ data, width: 16, height: 8 })).toEqual(tensor(Float32Array.of(1, 0), [1, 2]));
  });

  it("cuts pixels out of all three channels", () => {
    const pixels = tensor(new Float32Array(3 * 128).fill(0.5), [3, 8, 16]);
    const cut = maskPixels(pixels, { data, width: 16, height: 8 }).data;
    expect([cut[0], cut[128], cut[256], cut[8], cut[2]]).toEqual([0, 0, 0, 0.5, 0.5]);
  });

  it("puts back what it protects at the noise level of the moment", () => {
    const one = (...values: number[]) => tensor(Float32Array.from(values), [1, 1, 2]);
    const kept = { mask: tensor(Float32Array.of(1, 0), [1, 2]), latents: one(2, 2), noise: one(10, 10) };
    expect([...keepPicture(one(7, 7), kept, 0.5).data]).toEqual([7, 6]);
    expect([...keepPicture(one(7, 7), kept, 0).data]).toEqual([7, 2]);
  });
});
