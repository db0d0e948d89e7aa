import { expect, it } from "vitest";
import { sampleJob, sampleParams } from "../../test/support/api/sample-job.ts";
import { infotext, parseInfotext } from "./infotext.ts";

const job = sampleJob("1", 0, {
  params: { ...sampleParams, guidance: 4, steps: 9, sampler: "heun", strength: 0.6 },
});

it("writes the prompts as they were sent, and the settings in one line", () => {
  expect(infotext(job.params, 7, { prompt: "a fox <lora:ink:1>", negativePrompt: "blurry" })).toBe(
    "a fox <lora:ink:1>\nNegative prompt: blurry\n" +
      "Steps: 9, Sampler: Heun, Schedule type: Automatic, CFG scale: 5, Seed: 7, Size: 64x64, " +
      "Model: z-image-turbo, Denoising strength: 0.6",
  );
});

it("leaves out what the job has not", () => {
  const text = infotext(sampleJob("1", 0).params, 1, { prompt: "a fox", negativePrompt: "" });
  expect(text).toMatch(/^a fox\nSteps: 1, Sampler: Euler, /);
  expect(text).not.toMatch(/Negative prompt|Denoising/);
});

it("reads back prompts of several lines and a model whose name needs quotes", () => {
  const model = 'mine: "v2", small';
  const sent = { prompt: "a fox,\nsteps: two", negativePrompt: "blurry\ndark" };
  const text = infotext({ ...job.params, model }, 7, sent);
  expect(parseInfotext(text)).toMatchObject({
    Prompt: sent.prompt,
    "Negative prompt": sent.negativePrompt,
    Model: model,
    Seed: "7",
    "Denoising strength": "0.6",
  });
});

it("keeps a quote that nothing closes as it stands", () => {
  expect(parseInfotext('x\nSteps: 4, Model: "open, Seed: 1')).toMatchObject({ Model: '"open', Seed: "1" });
});

it.each(["", "a fox", "a fox\nSeed: 7", "Negative prompt: x"])("finds nothing in %j, which has no steps", (text) => {
  expect(parseInfotext(text)).toEqual({});
});
