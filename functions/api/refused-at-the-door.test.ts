import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { publishWorkerModel, type WorkerModel } from "../../shared/model-catalog/worker-models.ts";
import { type ApiUnderTest, openApi, turbo } from "../../test/support/api/api-under-test.ts";

/** What no worker has is refused by field, in every dialect, before money is held or a job exists. */

const image =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const record: WorkerModel = {
  id: turbo.id,
  capabilities: ["text-to-image", "loras", "controlnet"],
  limits: { maxSide: 512, maxPixels: 512 * 512, maxPromptCharacters: 100 },
  adapters: { loras: [{ id: "ink" }], controlnets: [] },
};

let api: ApiUnderTest;
beforeAll(async () => {
  api = await openApi({ models: [turbo] });
  await publishWorkerModel(api.items, "w1", record, api.clock.now());
});
afterAll(() => api.close());

async function expectNothingHeld() {
  expect((await api.jobs.list({ accountId: api.account.id, limit: 1 })).jobs).toEqual([]);
  expect(await (await api.request("GET", "/v1/balance")).json()).toMatchObject({ held: 0, open_jobs: 0 });
}

const prompt = "a teapot";

describe("the native API", () => {
  it.each([
    ["loras.0.id", { loras: [{ id: "oil" }] }, "adapter_not_found", "names no adapter of this service; there are ink"],
    ["controlnet.id", { controlnet: { id: "union", image } }, "adapter_not_found", "there are none here"],
    ["references", { references: [image] }, "unsupported_capability", "is not supported by z-image-turbo"],
    ["image", { image }, "unsupported_capability", "is not supported by z-image-turbo"],
    ["mask", { image, mask: image }, "unsupported_capability", "is not supported by z-image-turbo"],
    ["upscale", { upscale: "lanczos" }, "unsupported_capability", "is not supported by z-image-turbo"],
    ["size", { size: "1024x512" }, "invalid_size", "width must be 64 to 512, got 1024"],
    ["prompt", { prompt: "p".repeat(101) }, "invalid_value", "at most 100 characters for z-image-turbo, got 101"],
  ])("refuses %s", async (param, fields, code, message) => {
    const body = { prompt, size: "64x64", ...fields };
    for (const path of ["/v1/jobs", "/v1/quotes"]) {
      const response = await api.request("POST", path, body);
      expect(response.status).toBe(400);
      const { errors } = (await response.json()) as { errors: { param: string }[] };
      expect(errors).toContainEqual(
        expect.objectContaining({ param, code, message: expect.stringContaining(message) }),
      );
    }
    await expectNothingHeld();
  });

  it("takes what is there, and what has no effect with a warning", async () => {
    const fields = { loras: [{ id: "ink" }], upscale: "none", negative_prompt: "blurry", guidance: 0 };
    const quote = await api.request("POST", "/v1/quotes", { prompt, size: "512x512", ...fields });
    expect(quote.status).toBe(200);
  });

  it("lists what the workers say", async () => {
    const { data } = (await (await api.request("GET", "/v1/models")).json()) as { data: object[] };
    expect(data[0]).toMatchObject({ capabilities: record.capabilities, limits: { max_side: 512, min_side: 64 } });
  });
});

const fal = "/fal/run/fal-ai/z-image/turbo";
const dashscope = "/api/v1/services/aigc/multimodal-generation/generation";
const huggingface = "/hf/models/Tongyi-MAI/Z-Image-Turbo";
const isAsync = { "x-modelscope-async-mode": "true" };
const toolCall = (name: string, given: object) => ({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name, arguments: { prompt, size: "64x64", ...given } },
});
const content = (...parts: object[]) => ({
  input: { messages: [{ role: "user", content: [{ text: prompt }, ...parts] }] },
});
const accept = { accept: "application/json, text/event-stream" };
/** The field as the dialect names it, its path, its body, its status, and headers. */
type Refusal = readonly [
  field: string,
  path: string,
  body: object,
  status: number,
  headers?: { [name: string]: string },
];

const large = { width: 1024, height: 512 };
const long = "p".repeat(101);
const controlnet = { id: "union", image };
const replicate = (input: object) => ({ version: "prunaai/z-image-turbo", input: { prompt, size: "64x64", ...input } });
const hf = (parameters: object) => ({ inputs: prompt, parameters: { width: 64, height: 64, ...parameters } });
const a1111 = (fields: object) => ({ prompt, width: 64, height: 64, ...fields });
/** The others are written as this one is, each in its dialect. */
const refusals: { readonly [dialect: string]: readonly Refusal[] } = {
  openai: [
    ["size", "/v1/images/generations", { prompt, size: "1024x512" }, 400],
    ["loras.0.id", "/v1/images/generations", { prompt, size: "64x64", loras: [{ id: "oil" }] }, 400],
    ["references", "/v1/images/generations", { prompt, size: "64x64", references: [image] }, 400],
    ["image", "/v1/images/generations", { prompt, size: "64x64", image }, 400],
    ["mask", "/v1/images/generations", { prompt, size: "64x64", image, mask: image }, 400],
    ["controlnet.id", "/v1/images/generations", { prompt, size: "64x64", controlnet }, 400],
    ["prompt", "/v1/images/generations", { prompt: long, size: "64x64" }, 400],
  ],
  fal: [
    ["image_size", fal, { prompt, image_size: large }, 422],
    ["loras", `${fal}/lora`, { prompt, image_size: "square", loras: [{ path: "oil" }] }, 422],
    ["image_url", `${fal}/image-to-image`, { prompt, image_size: "square", image_url: image }, 422],
    ["references", fal, { prompt, image_size: "square", references: [image] }, 422],
    ["controlnet", fal, { prompt, image_size: "square", controlnet }, 422],
    ["prompt", fal, { prompt: long, image_size: "square" }, 422],
    [
      "mask_image_url",
      `${fal}/inpaint`,
      { prompt, image_size: "square", image_url: image, mask_image_url: image },
      422,
    ],
  ],
  replicate: [
    ["mask", "/v1/predictions", replicate({ image, mask: image }), 422],
    ["references", "/v1/predictions", replicate({ references: [image] }), 422],
    ["controlnet", "/v1/predictions", replicate({ controlnet }), 422],
    ["input.prompt", "/v1/predictions", replicate({ prompt: long }), 422],
    ["input.width", "/v1/predictions", { version: "prunaai/z-image-turbo", input: { prompt, ...large } }, 422],
    [
      "input.lora_weights",
      "/v1/predictions",
      { version: "prunaai/z-image-turbo", input: { prompt, size: "64x64", lora_weights: ["oil"] } },
      422,
    ],
    [
      "input.image",
      "/v1/predictions",
      { version: "prunaai/z-image-turbo", input: { prompt, size: "64x64", image } },
      422,
    ],
  ],
  modelscope: [
    ["mask", "/v1/images/generations", { prompt, size: "64x64", image_url: image, mask: image }, 400, isAsync],
    ["references", "/v1/images/generations", { prompt, size: "64x64", references: [image] }, 400, isAsync],
    ["controlnet", "/v1/images/generations", { prompt, size: "64x64", controlnet }, 400, isAsync],
    ["prompt", "/v1/images/generations", { prompt: long, size: "64x64" }, 400, isAsync],
    ["size", "/v1/images/generations", { prompt, size: "1024x512" }, 400, isAsync],
    ["loras", "/v1/images/generations", { prompt, size: "64x64", loras: "oil" }, 400, isAsync],
    ["image_url", "/v1/images/generations", { prompt, size: "64x64", image_url: image }, 400, isAsync],
  ],
  dashscope: [
    ["mask", dashscope, { ...content({ image }), parameters: { size: "64*64", mask: image } }, 400],
    ["references", dashscope, { ...content(), parameters: { size: "64*64", references: [image] } }, 400],
    ["loras", dashscope, { ...content(), parameters: { size: "64*64", loras: [{ id: "oil" }] } }, 400],
    ["controlnet", dashscope, { ...content(), parameters: { size: "64*64", controlnet } }, 400],
    [
      "text",
      dashscope,
      { input: { messages: [{ role: "user", content: [{ text: long }] }] }, parameters: { size: "64*64" } },
      400,
    ],
    ["width", dashscope, { ...content(), parameters: { size: "1024*512" } }, 400],
    ["content.1.image", dashscope, { ...content({ image }), parameters: { size: "64*64" } }, 400],
  ],
  huggingface: [
    ["mask", huggingface, { inputs: image, parameters: { prompt, width: 64, height: 64, mask: image } }, 400],
    ["references", huggingface, hf({ references: [image] }), 400],
    ["loras", huggingface, hf({ loras: [{ id: "oil" }] }), 400],
    ["controlnet", huggingface, hf({ controlnet }), 400],
    ["inputs", huggingface, { ...hf({}), inputs: long }, 400],
    ["parameters.width", huggingface, { inputs: prompt, parameters: large }, 400],
    ["inputs", huggingface, { inputs: image, parameters: { prompt, width: 64, height: 64 } }, 400],
  ],
  a1111: [
    ["width", "/sdapi/v1/txt2img", a1111(large), 422],
    ["prompt", "/sdapi/v1/txt2img", a1111({ prompt: `${prompt} <lora:oil:1>` }), 422],
    ["init_images", "/sdapi/v1/img2img", a1111({ init_images: [image] }), 422],
    ["mask", "/sdapi/v1/img2img", a1111({ init_images: [image], mask: image }), 422],
    ["references", "/sdapi/v1/txt2img", a1111({ references: [image] }), 422],
    ["controlnet", "/sdapi/v1/txt2img", a1111({ alwayson_scripts: { controlnet: { args: [{ image }] } } }), 422],
    ["prompt", "/sdapi/v1/txt2img", a1111({ prompt: long }), 422],
  ],
  mcp: [
    ["mask", "/mcp", toolCall("edit", { image, mask: image }), 200, accept],
    ["references", "/mcp", toolCall("edit", { image, references: [image] }), 200, accept],
    ["controlnet", "/mcp", toolCall("generate", { controlnet }), 200, accept],
    ["prompt", "/mcp", toolCall("generate", { prompt: long }), 200, accept],
    ["size", "/mcp", toolCall("generate", { size: "1024x512" }), 200, accept],
    ["loras.0.id", "/mcp", toolCall("generate", { loras: [{ id: "oil" }] }), 200, accept],
    ["image", "/mcp", toolCall("edit", { image }), 200, accept],
  ],
};

describe.each(Object.entries(refusals))("%s", (_, all) => {
  const rows = all.map(([field, path, body, status, headers = {}]) => [field, path, body, status, headers] as const);
  it.each(rows)("refuses %s", async (field, path, body, status, headers) => {
    const response = await api.request("POST", path, body, headers);
    const text = await response.text();
    expect([response.status, text]).toEqual([status, expect.stringContaining(field)]);
    expect(text).toMatch(/z-image-turbo|512|there are (ink|none here|no scripts here)|unknown field/);
    if (path === "/mcp") expect(text).toContain('"isError":true');
    await expectNothingHeld();
  });
});

it("accepts what the catalogue says while no worker has run", async () => {
  const cold = await openApi({ models: [turbo] });
  try {
    const body = { prompt, size: "1024x1024", loras: [{ id: "any" }], image };
    expect((await cold.request("POST", "/v1/jobs", body)).status).toBe(202);
    const references = await cold.request("POST", "/v1/jobs", { prompt, references: [image] });
    expect(references.status, "of an architecture that cannot").toBe(400);
  } finally {
    await cold.close();
  }
});
