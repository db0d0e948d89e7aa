import { expect, it } from "vitest";
import { requestFromComfyGraph } from "./comfy-graph.ts";

/** ComfyUI's own example for Z-Image-Turbo, in the form that it writes into a file. */
const zImage = {
  "3": {
    class_type: "KSampler",
    inputs: {
      seed: 1_234_567,
      steps: 9,
      cfg: 1,
      sampler_name: "euler",
      scheduler: "simple",
      denoise: 1,
      model: ["11", 0],
      positive: ["27", 0],
      negative: ["33", 0],
      latent_image: ["13", 0],
    },
  },
  "11": { class_type: "ModelSamplingAuraFlow", inputs: { shift: 3, model: ["16", 0] } },
  "13": { class_type: "EmptySD3LatentImage", inputs: { width: 1024, height: 768, batch_size: 1 } },
  "27": { class_type: "CLIPTextEncode", inputs: { text: "a fox, 狐狸", clip: ["18", 0] } },
  "33": { class_type: "ConditioningZeroOut", inputs: { conditioning: ["27", 0] } },
};
const read = (graph: unknown) => requestFromComfyGraph(JSON.stringify(graph));

it("reads a sampler and what leads to it", () => {
  expect(read(zImage)).toEqual({
    prompt: "a fox, 狐狸",
    negative_prompt: undefined,
    steps: 9,
    sampler: "euler",
    guidance: 0,
    seed: 1_234_567,
    size: "1024x768",
  });
});

it("reads a sampler made of parts, and a prompt that passes through other nodes", () => {
  const parts = {
    "1": {
      class_type: "SamplerCustomAdvanced",
      inputs: { noise: ["2", 0], guider: ["3", 0], sampler: ["4", 0], sigmas: ["5", 0], latent_image: ["6", 0] },
    },
    "2": { class_type: "RandomNoise", inputs: { noise_seed: 7 } },
    "3": { class_type: "CFGGuider", inputs: { cfg: 4.5, positive: ["7", 0], negative: ["9", 0] } },
    "4": { class_type: "KSamplerSelect", inputs: { sampler_name: "dpmpp_2m" } },
    "5": { class_type: "BasicScheduler", inputs: { steps: 20, scheduler: "normal" } },
    "6": { class_type: "EmptyLatentImage", inputs: { width: 512, height: 512 } },
    "7": { class_type: "FluxGuidance", inputs: { guidance: 3.5, conditioning: ["8", 0] } },
    "8": { class_type: "CLIPTextEncode", inputs: { text: ["10", 0] } },
    "9": { class_type: "CLIPTextEncode", inputs: { text: "blur" } },
    "10": { class_type: "PrimitiveString", inputs: { value: "a lighthouse" } },
  };
  expect(read(parts)).toEqual({
    prompt: "a lighthouse",
    negative_prompt: "blur",
    steps: 20,
    sampler: undefined,
    guidance: 3.5,
    seed: 7,
    size: "512x512",
  });
});

it("takes the sampler that draws, not the one that enlarges", () => {
  const second = { ...zImage["3"], inputs: { ...zImage["3"].inputs, seed: 2, denoise: 0.4 } };
  expect(read({ "1": second, ...zImage })).toMatchObject({ seed: 1_234_567 });
});

it.each([
  ["no JSON", "{"],
  ["a list", "[]"],
  ["a prompt in words", "a fox"],
  ["a graph without a sampler", JSON.stringify({ "27": zImage["27"] })],
  ["a sampler without a prompt", JSON.stringify({ "3": zImage["3"] })],
  ["nodes that are none", JSON.stringify({ "1": null, "2": 3, "3": { class_type: "KSampler", inputs: null } })],
  [
    "a circle",
    JSON.stringify({
      "3": { class_type: "KSampler", inputs: { positive: ["4", 0] } },
      "4": { class_type: "Reroute", inputs: { conditioning: ["4", 0] } },
    }),
  ],
  [
    "names of every object",
    JSON.stringify({ "3": { class_type: "KSampler", inputs: { positive: ["constructor", 0] } } }),
  ],
])("finds nothing in %s", (_, text) => {
  expect(requestFromComfyGraph(text)).toBeUndefined();
});
