import { expect, it } from "vitest";
import type { Model } from "../../../../sdk/src/index.ts";
import type { Draft } from "./draft.ts";
import { jobRequest } from "./job-request.ts";

const model = {
  id: "z-image",
  defaults: { steps: 8, guidance: 0, width: 1024, height: 1024 },
  accepts: { guidance: true, negative_prompt: true, image: true, mask: true, loras: true, controlnet: true },
} as unknown as Model;
const turbo = {
  ...model,
  accepts: { ...model.accepts, guidance: false, negative_prompt: false, image: false, loras: false },
} as Model;

const draft: Draft = {
  prompt: "a fox",
  negativePrompt: "",
  model: null,
  size: null,
  n: 1,
  seed: null,
  steps: null,
  guidance: null,
  format: "png",
  quality: null,
  upscale: "none",
  lane: "interactive",
  loras: [],
  controlnet: null,
  input: null,
  strength: null,
  mask: null,
};
const input = { id: "file-1", name: "a.png", width: 8, height: 8 };

it("says nothing that is left to the model", () => {
  expect(jobRequest(draft, model, true, 7)).toEqual({ prompt: "a fox", seed: 7 });
  const same = { ...draft, steps: 8, guidance: 0, negativePrompt: "blur", mask: "file-2", strength: 0.5 };
  expect(jobRequest(same, model, false, null)).toEqual({ model: "z-image", prompt: "a fox" });
});

it("says all that was set", () => {
  const whole: Draft = {
    ...draft,
    negativePrompt: "blur",
    size: { width: 512, height: 256 },
    n: 3,
    steps: 4,
    guidance: 2,
    format: "webp",
    quality: 80,
    upscale: "lanczos",
    lane: "batch",
    loras: [{ id: "ink", scale: 0.5 }],
    controlnet: { id: "canny", scale: 0.75, image: { ...input, id: "file-3" } },
    input,
    strength: 0.4,
    mask: "file-2",
  };
  expect(jobRequest(whole, model, true, 1)).toEqual({
    prompt: "a fox",
    negative_prompt: "blur",
    size: "512x256",
    n: 3,
    seed: 1,
    steps: 4,
    guidance: 2,
    image: "file-1",
    strength: 0.4,
    mask: "file-2",
    loras: [{ id: "ink", scale: 0.5 }],
    controlnet: { id: "canny", image: "file-3", scale: 0.75 },
    upscale: "lanczos",
    output: { format: "webp", quality: 80 },
    priority: "batch",
  });
});

it("leaves out what the model does not take", () => {
  const given: Draft = { ...draft, guidance: 3, negativePrompt: "x", input, mask: "m", loras: [{ id: "a", scale: 1 }] };
  expect(jobRequest(given, turbo, true, null)).toEqual({ prompt: "a fox" });
});
