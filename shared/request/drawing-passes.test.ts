import { expect, it } from "vitest";
import { pixelCalls, stepsPerImage } from "./drawing-passes.ts";

const params = { width: 64, height: 32, steps: 8, guidance: 0 };
const pixels = 64 * 32;

/* `gpu-worker/engine/engine-generate.test.ts` compares these with the calls that an engine makes. */

it.each([
  ["each step is a call", {}, 8, 8],
  ["guidance doubles the calls", { guidance: 4 }, 8, 16],
  ["heun calls twice, once in its last step", { sampler: "heun" as const }, 8, 15],
  ["strength leaves steps out", { strength: 0.6 }, 5, 5],
  ["a ControlNet that may fill the mask draws all steps", fillsMask(), 8, 8],
  ["refining draws a third of the steps at four times the pixels", { upscale: "refine" as const }, 11, 8 + 4 * 3],
  [
    "all of it together",
    { guidance: 1, sampler: "heun" as const, strength: 0.6, upscale: "refine" as const },
    8,
    2 * (9 + 4 * 5),
  ],
])("%s", (_, changes, steps, calls) => {
  expect(stepsPerImage({ ...params, ...changes })).toBe(steps);
  expect(pixelCalls({ ...params, ...changes }) / pixels).toBe(calls);
});

it("counts the first steps in the order in which they are drawn", () => {
  const refined = { ...params, upscale: "refine" as const };
  expect([0, 1, 8, 9, 11, 12].map((begun) => pixelCalls(refined, begun) / pixels)).toEqual([0, 1, 8, 12, 20, 20]);
});

function fillsMask() {
  return { strength: 0.6, maskKey: "in/m", controlNet: { id: "c", imageKey: "in/c", scale: 1 } };
}
