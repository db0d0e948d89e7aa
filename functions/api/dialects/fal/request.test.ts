import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Job } from "../../../../shared/job.ts";
import { warningMessages } from "../../../../shared/warnings/warning.ts";
import { type ApiUnderTest, base, openApi, turbo } from "../../../../test/support/api/api-under-test.ts";

const adapters = { loras: new Set(["ink"]), controlnets: new Set(["union", "canny"]) };

/** A white image, which is also a mask that marks everything. */
async function white(width: number, height: number): Promise<string> {
  const file = await sharp({ create: { width, height, channels: 3, background: "white" } })
    .png()
    .toBuffer();
  return `data:image/png;base64,${file.toString("base64")}`;
}

const image_url = await white(512, 256);
const square = await white(64, 64);

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi({ models: [{ ...turbo, adapters }, base] });
});
afterEach(() => api.close());

const submit = (id: string, input: object, query = "") =>
  api.request("POST", `/fal/queue/fal-ai/z-image/${id}${query}`, { prompt: "a fox", ...input });

async function jobOf(id: string, input: object = {}): Promise<Job> {
  const response = await submit(id, input);
  const body = (await response.json()) as { request_id?: string };
  expect([response.status, body]).toEqual([200, expect.anything()]);
  return (await api.jobs.get(body.request_id!))!;
}

async function refusal(id: string, input: object, query = "") {
  const response = await submit(id, input, query);
  const { detail } = (await response.json()) as { detail: { loc: string[]; msg: string; type: string }[] };
  expect(response.status).toBe(422);
  return detail.map(({ loc, msg, type }) => [loc.slice(1).join("."), type, msg]);
}

describe("a request costs what it does at fal", () => {
  it.each([
    ["turbo", { steps: 8, guidance: 0, width: 1024, height: 768 }],
    ["turbo/lora", { steps: 8, guidance: 0, width: 1024, height: 768 }],
    ["base", { steps: 28, guidance: 5, width: 1024, height: 768 }],
    ["base/lora", { steps: 28, guidance: 4, width: 1024, height: 768 }],
  ])("by the defaults of %s", async (id, expected) => {
    expect((await jobOf(id)).params).toMatchObject(expected);
  });

  it("unless it says otherwise, or the model is made for less", async () => {
    const said = { num_inference_steps: 50, guidance_scale: 4, image_size: { width: 256 } };
    expect((await jobOf("base", said)).params).toMatchObject({ steps: 50, guidance: 4, width: 256, height: 512 });
    await api.close();
    api = await openApi({ models: [{ ...turbo, defaultWidth: 256, defaultHeight: 256, defaultSteps: 2 }] });
    expect((await jobOf("turbo")).params).toMatchObject({ steps: 2, width: 288, height: 224 });
  });
});

describe("the tasks of a model", () => {
  it("inpaints as fal's types say it", async () => {
    const input = { image_url, mask_image_url: image_url, control_scale: 0.75, control_start: 0 };
    for (const id of ["turbo/inpaint", "turbo/inpaint/lora"]) {
      const { params, warnings } = await jobOf(id, input);
      expect(params).toMatchObject({ width: 512, height: 256, strength: 1, maskKey: expect.any(String) });
      expect(warningMessages(warnings)).toContain("control_scale has no effect: inpainting uses no ControlNet here");
    }
    const [[field, , message] = []] = await refusal("turbo/inpaint", { ...input, control_scale: 0.5 });
    expect([field, message]).toEqual(["control_scale", expect.stringContaining("must be 0.75 or left out")]);
  });

  it("follows a control image, with fal's scale and end", async () => {
    const { params } = await jobOf("turbo/controlnet", { image_url, preprocess: "canny" });
    expect(params).toMatchObject({ width: 512, height: 256 });
    const control = {
      id: "canny",
      scale: 0.75,
      end: 0.8,
      preprocess: "canny",
      imageKey: expect.stringMatching(/^in\//),
    };
    expect(params.controlNet).toMatchObject(control);
    const said = { image_url, image_size: "square", control_scale: 0.5, control_start: 0.1, control_end: 1 };
    expect((await jobOf("turbo/controlnet/lora", said)).params).toMatchObject({
      width: 512,
      height: 512,
      controlNet: { scale: 0.5, start: 0.1, end: 1 },
    });
  });

  it.each([
    ["turbo/image-to-image", "image_url", "invalid_value", "image_url is required", {}],
    ["turbo/inpaint", "mask_image_url", "invalid_value", "mask_image_url is required", { image_url }],
    ["turbo/controlnet", "image_url", "invalid_value", "image_url is required", {}],
    ["turbo/controlnet", "preprocess", "invalid_value", "preprocess must be one of", { image_url, preprocess: "pose" }],
    ["turbo/controlnet", "control_start", "invalid_value", "must be below", { image_url, control_start: 0.9 }],
    ["base/controlnet", "controlnet", "unsupported_capability", "the service has no ControlNet", { image_url }],
    ["turbo/tiling", "model", "unsupported_capability", "tiling is not supported", {}],
    ["turbo/tiling/lora", "model", "unsupported_capability", "tiling is not supported", { tile_size: 64 }],
  ])("%s is refused for %s: %s, %s", async (id, field, code, message, input) => {
    expect(await refusal(id, input)).toContainEqual([field, code, expect.stringContaining(message)]);
  });

  it("refuses fal's trainers by what they are", async () => {
    const response = await api.request("POST", "/fal/queue/fal-ai/z-image-trainer", { image_data_url: "x" });
    expect(await response.json()).toMatchObject({ code: "unsupported_capability" });
  });
});

describe("a parameter without effect", () => {
  it("is named in the warnings, unless it asks for what happens anyway", async () => {
    const input = {
      enable_safety_checker: true,
      acceleration: "high",
      sync_mode: true,
      enable_prompt_expansion: false,
    };
    expect(warningMessages((await jobOf("turbo", input)).warnings)).toEqual([
      "enable_safety_checker has no effect: nothing checks the images",
      "acceleration has no effect: there is one speed",
    ]);
    const harmless = { enable_safety_checker: false, acceleration: "none", sync_mode: false };
    expect((await jobOf("turbo", harmless)).warnings).toEqual([]);
  });

  it("is refused where the images would be others", async () => {
    expect(await refusal("turbo", { enable_prompt_expansion: true })).toEqual([
      ["enable_prompt_expansion", "unsupported_capability", expect.stringContaining("nothing rewrites prompts")],
    ]);
  });
});

describe("an error that comes after the form of the request names fal's field too", () => {
  it.each([
    ["turbo/image-to-image", "image_url", "must be a PNG", { image_url: "data:;base64,AAAA" }],
    ["turbo/image-to-image", "image_url", "names the file", { image_url: `file-${"0".repeat(26)}` }],
    ["turbo/controlnet", "image_url", "must be a data: URL", { image_url: "x" }],
    ["turbo/inpaint", "mask_image_url", "must have the proportions", { image_url, mask_image_url: square }],
    ["turbo", "mask_url", "needs image_url, which is missing", { mask_url: square }],
    ["turbo/lora", "loras.0.path", "names no adapter", { loras: [{ path: "oil" }] }],
    ["turbo/lora", "loras.0.scale", "must be at most 4", { loras: [{ path: "ink", scale: 9 }] }],
    ["turbo/lora", "loras.0.path", "must lead to one of", { loras: [{ path: "https://example.com/a" }] }],
    ["turbo/lora", "loras.0.path", "names no adapter", { loras: [{ path: `lora_${"0".repeat(26)}` }] }],
  ])("%s: %s %s", async (id, field, message, input) => {
    expect(await refusal(id, input)).toEqual([
      [field, expect.any(String), expect.stringContaining(`${field} ${message}`)],
    ]);
  });

  it("also the webhook in the address", async () => {
    expect(await refusal("turbo", {}, "?fal_webhook=http://10.0.0.1/")).toEqual([
      ["fal_webhook", "webhook_url_forbidden", expect.stringMatching(/^fal_webhook must use https/)],
    ]);
  });
});

it.each([
  [[null]],
  [["a"]],
  [{}],
  ["a"],
  [[{ scale: 1 }]],
])("refuses loras that are %j as the caller's mistake", async (loras) => {
  expect(await refusal("turbo/lora", { loras })).toEqual([["loras", "invalid_value", expect.any(String)]]);
});
