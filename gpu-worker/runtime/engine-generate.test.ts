import { expect, it } from "vitest";
import { CanceledError } from "../../shared/errors.ts";
import { collect } from "../../test/support/collect.ts";
import { fakeComponents } from "../../test/support/fake-components.ts";
import type { GenerateParams } from "../engine.ts";
import { ImagePipeline } from "../pipeline/generate-image.ts";
import { engineGenerate } from "./engine-generate.ts";

const params: GenerateParams = {
  prompt: "cat",
  width: 32,
  height: 16,
  steps: 4,
  guidance: 0,
  cfgNormalization: false,
  cfgTruncation: 1,
  seed: 1,
  format: "png",
  preview: false,
};

it("hands guidance, negative prompt and normalisation to the pipeline", async () => {
  const fakes = fakeComponents();
  const wanted = { ...params, guidance: 2, negativePrompt: "d", cfgTruncation: 0.2, cfgNormalization: true };
  await collect(engineGenerate(new ImagePipeline(fakes), wanted, () => false));
  expect(fakes.encodedIds).toEqual([
    [1, 99, 97, 116],
    [1, 100],
  ]);
  expect(fakes.transformerCalls.map((call) => call.length)).toEqual([2, 2, 1, 1]); // t = 0, .1, .25, .5
});

it.each([0, 1, 3])("runs %d steps when canceled after that many", async (steps) => {
  const fakes = fakeComponents();
  const isCanceled = () => fakes.transformerCalls.length >= steps;
  const run = collect(engineGenerate(new ImagePipeline(fakes), params, isCanceled));
  await expect(run).rejects.toThrow(CanceledError);
  expect(fakes.transformerCalls.length).toBe(steps);
});
