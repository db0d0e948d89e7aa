import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";

/** What is wrong is told by every dialect in the words of its own API, also where the image itself is wrong. */

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const prompt = "a fox";
const noImage = "data:image/png;base64,AAAA";
const asTask = { "X-ModelScope-Async-Mode": "true" };
const dashscope = "/api/v1/services/aigc/multimodal-generation/generation";
const message = (content: object[], parameters = {}) => ({
  input: { messages: [{ role: "user", content }] },
  parameters,
});
const predictions = "/v1/models/prunaai/z-image-turbo/predictions";

interface Case {
  readonly path: string;
  readonly headers?: { readonly [name: string]: string };
  /** A body with two fields that are wrong, and what names them. */
  readonly two: object;
  readonly both: readonly [string, string];
  /** A body whose only fault is its image. */
  readonly image?: object;
  readonly imageField?: string;
}

const cases: { readonly [dialect: string]: Case } = {
  openai: {
    path: "/v1/images/generations",
    two: { prompt, seed: "x", steps: 0 },
    both: ["seed must be", "steps must be"],
    image: { prompt, image: noImage },
    imageField: "image",
  },
  replicate: {
    path: predictions,
    two: { input: { prompt, seed: "x", num_inference_steps: 0 } },
    both: ["input.seed must be", "input.num_inference_steps must be"],
    image: { input: { prompt, image: noImage } },
    imageField: "input.image",
  },
  fal: {
    path: "/fal/run/fal-ai/z-image/turbo",
    two: { prompt, seed: "x", num_inference_steps: 0 },
    both: ["seed must be", "num_inference_steps must be"],
    image: { prompt, image_url: noImage },
    imageField: "image_url",
  },
  huggingface: {
    path: "/hf/models/Tongyi-MAI/Z-Image-Turbo",
    two: { inputs: prompt, parameters: { seed: "x", num_inference_steps: 0 } },
    both: ["parameters.seed must be", "parameters.num_inference_steps must be"],
    image: { inputs: "AAAA", parameters: { prompt } },
    imageField: "inputs",
  },
  modelscope: {
    path: "/v1/images/generations",
    headers: asTask,
    two: { prompt, seed: "x", steps: 0 },
    both: ["seed must be", "steps must be"],
    image: { prompt, image_url: noImage },
    imageField: "image_url",
  },
  dashscope: {
    path: dashscope,
    two: message([{ text: prompt }], { seed: "x", steps: 0 }),
    both: ["parameters.seed must be", "parameters.steps must be"],
    image: message([{ text: prompt }, { image: noImage }]),
    imageField: "input.messages.0.content.1.image",
  },
  a1111: {
    path: "/sdapi/v1/img2img",
    two: { prompt, init_images: [noImage], seed: 0, cfg_scale: 900, steps: 1_000 },
    both: ["cfg_scale must be", "steps must be"],
    image: { prompt, init_images: [noImage] },
    imageField: "init_images.0",
  },
  mcp: {
    path: "/mcp",
    two: call("generate", { prompt, seed: "x", steps: 0 }),
    both: ["seed must be", "steps must be"],
    image: call("edit", { prompt, image: noImage }),
    imageField: "image",
  },
};

function call(name: string, given: object) {
  return { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: given } };
}

async function refused({ path, headers = {} }: Case, body: object): Promise<string> {
  const response = await api.request("POST", path, body, { accept: "application/json", ...headers });
  const text = await response.text();
  if (path !== "/mcp") expect([response.status, text]).toEqual([expect.toSatisfy((s) => s >= 400 && s < 500), text]);
  return text;
}

describe.each(Object.entries(cases))("%s", (_, dialect) => {
  it("tells of every field that is wrong, and never of a list that it does not send", async () => {
    const text = await refused(dialect, dialect.two);
    for (const part of dialect.both) expect(text).toContain(part);
    expect(text).not.toContain("more in errors");
  });

  it("names its own field for an image that is none", async () => {
    expect(await refused(dialect, dialect.image!)).toContain(`${dialect.imageField} must be a PNG`);
  });
});

describe("replicate", () => {
  it("names each field in invalid_fields, also for an image, a mask and a LoRA", async () => {
    const faults = [
      ["input.image", { image: noImage }],
      ["input.mask", { mask: noImage }],
      ["input.lora_weights.0", { lora_weights: ["https://example.com/a.safetensors"] }],
      ["input.lora_weights.1", { lora_weights: ["ink", `lora_${"0".repeat(26)}`] }],
    ] as const;
    for (const [field, input] of faults) {
      const response = await api.request("POST", predictions, { input: { prompt, ...input } });
      const body = (await response.json()) as { invalid_fields?: object[] };
      expect([response.status, body.invalid_fields]).toMatchObject([422, [{ field }]]);
    }
  });
});

describe("dashscope", () => {
  it("refuses more than one image instead of dropping the later ones", async () => {
    const body = message([{ image: noImage }, { text: prompt }, { image: noImage }]);
    expect(JSON.parse(await refused(cases.dashscope!, body))).toMatchObject({
      code: "InvalidParameter",
      message: expect.stringMatching(/^input\.messages\.0\.content\.2\.image is one image too many/),
    });
  });

  it("refuses what would change price or image, by name", async () => {
    const refusedParameters = { prompt_extend: true, watermark: true };
    const { message: text } = JSON.parse(
      await refused(cases.dashscope!, message([{ text: prompt }], refusedParameters)),
    );
    expect(text).toMatch(/^parameters\.prompt_extend is not supported here.*; parameters\.watermark is not supported/);
  });
});

it("Hugging Face's scheduler is honoured or refused", async () => {
  const path = "/hf/models/Tongyi-MAI/Z-Image-Turbo";
  const body = (scheduler: string) => ({ inputs: prompt, parameters: { scheduler } });
  expect(await refused({ ...cases.huggingface!, path }, body("DDIMScheduler"))).toContain(
    "parameters.scheduler must be",
  );
  api.worker.start();
  const sized = { inputs: prompt, parameters: { scheduler: "HeunDiscreteScheduler", width: 64, height: 64 } };
  expect((await api.request("POST", path, sized)).status).toBe(200);
  const { jobs } = await api.jobs.list({ accountId: api.account.id, limit: 1 });
  expect(jobs[0]?.params.sampler).toBe("heun");
});
