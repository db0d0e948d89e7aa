import { describe, expect, it } from "vitest";
import { stepsFrom } from "../../shared/request/drawing-passes.ts";
import { tensor } from "../tensor.ts";
import { flowMatchSchedule } from "./flow-match-scheduler.ts";
import { latentMask, maskPixels, restoreKept, scheduleFrom } from "./image-to-image.ts";

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
  const size = { width: 16, height: 8 };

  it("counts for a cell by its strongest mark, wherever that is", () => {
    const data = new Uint8Array(16 * 8);
    data[5 * 16 + 3] = 255; // in cell 0
    data[7 * 16 + 15] = 51; // in cell 1, a fifth of 255
    data[8] = 25;
    expect(latentMask({ data, ...size })).toEqual(tensor(Float32Array.of(1, 0.2), [1, 2]));
  });

  it("cuts marked pixels out of all three channels", () => {
    const data = new Uint8Array(16 * 8);
    data[0] = 255;
    data[1] = 1;
    const pixels = tensor(new Float32Array(3 * 128).fill(0.5), [3, 8, 16]);
    const cut = maskPixels(pixels, { data, ...size }).data;
    expect([cut[0], cut[128], cut[256], cut[1], cut[2]]).toEqual([0, 0, 0, 0, 0.5]);
  });

  const one = (...values: number[]) => tensor(Float32Array.from(values), [1, 1, values.length]);

  it("puts back what it protects at the noise level of the moment", () => {
    const kept = { mask: tensor(Float32Array.of(1, 0), [1, 2]), latents: one(2, 2), noise: one(10, 10) };
    expect([...restoreKept(one(7, 7), kept, 0.5, 0.5).data]).toEqual([7, 6]);
    expect([...restoreKept(one(7, 7), kept, 0, 0).data]).toEqual([7, 2]);
  });

  it("lets a soft cell go for its share of the steps, counted from the end", () => {
    const levels = [0, 0.25, 0.3, 0.5, 1];
    const ones = one(1, 1, 1, 1, 1);
    const kept = { mask: tensor(Float32Array.from(levels), [1, 5]), latents: ones, noise: ones };
    // After steps 1 to 4 of 4: how many cells are no longer put back.
    const drawn = [0.75, 0.5, 0.25, 0].map((left) => [...restoreKept(one(7, 7, 7, 7, 7), kept, 0, left).data]);
    expect(drawn).toEqual([
      [1, 1, 1, 1, 7],
      [1, 1, 1, 1, 7],
      [1, 1, 7, 7, 7],
      [1, 7, 7, 7, 7],
    ]);
  });
});
