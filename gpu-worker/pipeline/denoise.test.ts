import { expect, it } from "vitest";
import { collect } from "../../test/support/collect.ts";
import { fakeComponents } from "../../test/support/engine/fake-components.ts";
import { elementCount, type Tensor, tensor } from "../tensor.ts";
import { denoise } from "./denoise.ts";
import { flowMatchSchedule } from "./flow-match-scheduler.ts";

const schedule = flowMatchSchedule({ numTrainTimesteps: 1000, shift: 3 }, 4); // 1, .9, .75, .5, 0
const noGuidance = { scale: 0, normalization: 0, truncation: 1 };
const filled = (value: number, shape: readonly number[]): Tensor =>
  tensor(new Float32Array(elementCount(shape)).fill(value), shape);
const item = (value: number) => ({ latents: filled(value, [16, 2, 2]), promptEmbeds: filled(0, [1, 1]) });

it("gives the transformer 1 − sigma and negates its answer", async () => {
  const fakes = fakeComponents({ output: () => 2 });
  const steps = await collect(denoise(fakes.transformer, [item(0)], schedule, noGuidance));
  const times = [0, 0.1, 0.25, 0.5];
  steps.forEach(({ t }, i) => void expect(t).toBeCloseTo(times[i]!, 6));
  expect(steps.map(({ step, total }) => `${step}/${total}`)).toEqual(["1/4", "2/4", "3/4", "4/4"]);
  expect(steps[0]!.noisePreds[0]!.data[0]).toBe(-2);
  // Velocity −2 while sigma falls by 1: +2 in all, with no step lost.
  expect(steps[3]!.latents[0]!.data[0]).toBeCloseTo(2, 6);
});

it("asks for positive items first, then negative ones, and only while guidance is on", async () => {
  const fakes = fakeComponents({ output: ({ promptEmbeds }) => promptEmbeds.data[0]! });
  const items = [3, 5].map((value) => ({
    latents: filled(0, [16, 2, 2]),
    promptEmbeds: filled(value, [1, 1]),
    negativePromptEmbeds: filled(1, [2, 1]),
  }));
  const guidance = { scale: 1, normalization: 0, truncation: 0.25 };
  const steps = await collect(denoise(fakes.transformer, items, schedule, guidance));
  const asked = fakes.transformerCalls.map((call) => call.map(({ promptEmbeds }) => promptEmbeds.data[0]));
  expect(asked).toEqual([
    [3, 5, 1, 1],
    [3, 5, 1, 1],
    [3, 5, 1, 1],
    [3, 5],
  ]);
  expect(steps[0]!.noisePreds.map(({ data }) => data[0])).toEqual([-5, -9]);
  expect(steps[3]!.noisePreds.map(({ data }) => data[0])).toEqual([-3, -5]);
});

it("runs no step after the caller left", async () => {
  const fakes = fakeComponents();
  for await (const { step } of denoise(fakes.transformer, [item(0)], schedule, noGuidance)) if (step === 2) break;
  expect(fakes.transformerCalls.length).toBe(2);
});

it.each([Number.NaN, Number.POSITIVE_INFINITY])("refuses to go on with %d", async (value) => {
  const fakes = fakeComponents({ output: ({ t }) => (t > 0.2 ? value : 0) });
  const run = collect(denoise(fakes.transformer, [item(0)], schedule, noGuidance));
  await expect(run).rejects.toMatchObject({ code: "non_finite_output", retryable: false });
  await expect(run).rejects.toThrow("latents after step 3 of 4");
});
