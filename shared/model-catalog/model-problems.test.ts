import { expect, it } from "vitest";
import type { ImageRequest } from "../request/image-request.ts";
import { catalogModel } from "./model-catalog.ts";
import { modelProblems } from "./model-problems.ts";

const turbo = catalogModel({ id: "z-image-turbo", family: "turbo", random: false });
const model = {
  ...turbo,
  capabilities: ["text-to-image", "loras", "controlnet"],
  adapters: { loras: new Set(["ink", "oil"]), controlnets: new Set<string>() },
  limits: { ...turbo.limits, maxPromptCharacters: 10 },
};
const problems = (request: Partial<ImageRequest>) =>
  modelProblems({ prompt: "a fox", ...request } as ImageRequest, model).map(({ param, code }) => [param, code]);

it("names every capability that is missing, and takes nothing asked for as nothing", () => {
  expect(problems({ image: "x", upscale: "lanczos", references: ["x"] })).toEqual([
    ["image", "unsupported_capability"],
    ["references", "unsupported_capability"],
    ["upscale", "unsupported_capability"],
  ]);
  expect(problems({ upscale: "none", references: [] })).toEqual([]);
});

it("knows adapters by their id, with or without the ending of a file", () => {
  expect(problems({ loras: [{ id: "ink" }, { id: "oil.SAFETENSORS" }] as ImageRequest["loras"] })).toEqual([]);
  expect(problems({ loras: [{ id: "ink" }, { id: "wax" }] as ImageRequest["loras"] })).toEqual([
    ["loras.1.id", "adapter_not_found"],
  ]);
  const controlnet = { id: "canny" } as ImageRequest["controlnet"];
  expect(problems({ controlnet })).toEqual([["controlnet.id", "adapter_not_found"]]);
});

it("leaves adapters of the account and of other servers to the submission", () => {
  const loras = [{ id: "lora_01JD0000000000000000000000" }, { id: "https://x.test/a.safetensors" }, { path: "o/n" }];
  expect(problems({ loras: loras as ImageRequest["loras"] })).toEqual([]);
});

it("knows no adapters while no worker has said what it has", () => {
  const request = { prompt: "a", loras: [{ id: "wax" }] } as ImageRequest;
  expect(modelProblems(request, { ...model, adapters: undefined })).toEqual([]);
});

it("bounds both prompts, and the ids that a message names", () => {
  expect(problems({ prompt: "x".repeat(11), negative_prompt: "x".repeat(10) })).toEqual([["prompt", "invalid_value"]]);
  const many = { loras: new Set(Array.from({ length: 1_000 }, (_, i) => `lora-${i}`)), controlnets: new Set<string>() };
  const request = { prompt: "a", loras: [{ id: "wax" }] } as ImageRequest;
  expect(modelProblems(request, { ...model, adapters: many })[0]!.message).toMatch(/lora-19 …$/);
});

it("says why a ControlNet cannot be had where workers have no folder of them", () => {
  const controlnet = { id: "canny" } as ImageRequest["controlnet"];
  const [problem] = modelProblems({ prompt: "a", controlnet } as ImageRequest, { ...model, capabilities: ["loras"] });
  expect(problem).toMatchObject({ param: "controlnet", code: "unsupported_capability" });
  expect(problem!.message).toContain("its workers have no ControlNets (no folder ADAPTERS_DIR, as on AWS); leave");
});
