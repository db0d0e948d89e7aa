import { describe, expect, it } from "vitest";
import { catalogModel } from "../model-catalog/model-catalog.ts";
import { warningMessages } from "../warnings/warning.ts";
import { InvalidRequestError } from "./field-errors.ts";
import { parseImageRequest } from "./parse-image-request.ts";

const turbo = catalogModel({ id: "z-image-turbo", family: "turbo", random: false });
const base = catalogModel({ id: "z-image", family: "base", random: false });
const context = { models: [turbo, base], newSeed: () => 99 };

function parse(body: object) {
  return parseImageRequest({ prompt: "p", ...body }, context);
}

function errorsOf(body: unknown): InvalidRequestError["errors"] {
  try {
    parseImageRequest(body, context);
  } catch (error) {
    if (error instanceof InvalidRequestError) return error.errors;
    throw error;
  }
  throw new Error("was accepted");
}

describe("defaults", () => {
  it("are those of the first model", () => {
    expect(parse({})).toEqual({
      params: {
        model: "z-image-turbo",
        prompt: "p",
        width: 1024,
        height: 1024,
        n: 1,
        seed: 99,
        steps: 8,
        guidance: 0,
        cfgNormalization: false,
        cfgTruncation: 1,
        format: "png",
      },
      seedGiven: false,
      followsImageSize: false,
      inputImages: {},
      response: "url",
      lane: "interactive",
      metadata: {},
      warnings: [],
    });
  });

  it("are those of the model asked for", () => {
    expect(parse({ model: "Tongyi-MAI/Z-Image" }).params).toMatchObject({ model: "z-image", steps: 50, guidance: 4 });
  });

  it("give lossy formats a quality", () => {
    expect(parse({ output: { format: "jpeg" } }).params).toMatchObject({ format: "jpeg", quality: 90 });
    expect(parse({ output: { format: "webp", quality: 3 } }).params).toMatchObject({ quality: 3 });
  });
});

it("takes every field", () => {
  const body = {
    model: "z-image",
    prompt: "一只猫",
    negative_prompt: "dog",
    width: 64,
    height: 128,
    n: 4,
    seed: 2 ** 32 - 1,
    steps: 100,
    guidance: 20,
    cfg_normalization: true,
    cfg_truncation: 0.5,
    response: "b64",
    deadline_s: 60,
    max_cost: 5,
    priority: "batch",
    output: { format: "avif", quality: 1 },
    webhook: { url: "https://example.com/hook", events: ["job.succeeded"] },
    metadata: { sku: "1" },
  };
  expect(parse(body)).toEqual({
    params: {
      model: "z-image",
      prompt: "一只猫",
      negativePrompt: "dog",
      width: 64,
      height: 128,
      n: 4,
      seed: 2 ** 32 - 1,
      steps: 100,
      guidance: 20,
      cfgNormalization: true,
      cfgTruncation: 0.5,
      format: "avif",
      quality: 1,
    },
    seedGiven: true,
    followsImageSize: false,
    inputImages: {},
    response: "b64",
    lane: "batch",
    maxCost: 5,
    webhook: { url: "https://example.com/hook", events: ["job.succeeded"] },
    metadata: { sku: "1" },
    deadlineS: 60,
    warnings: [],
  });
});

describe("size", () => {
  it("follows the image that is given, unless one is named", () => {
    const image = "file-1";
    expect(parse({ image }).followsImageSize).toBe(true);
    expect(parse({ image, size: "auto" }).followsImageSize).toBe(true);
    for (const wish of [{ size: "64x64" }, { width: 64, height: 64 }, { aspect_ratio: "1:1" }]) {
      expect(parse({ image, ...wish }).followsImageSize).toBe(false);
    }
  });

  it.each([
    [{ size: "1024x768" }, 1024, 768],
    [{ size: "auto" }, 1024, 1024],
    [{ width: 2048, height: 2048 }, 2048, 2048],
    [{ size: "256x64" }, 256, 64],
    // sqrt(1024² · 16/9) = 1365.3 and 768 exactly
    [{ aspect_ratio: "16:9" }, 1360, 768],
    [{ aspect_ratio: "1:1" }, 1024, 1024],
    [{ aspect_ratio: "4:1" }, 2048, 512],
    [{ aspect_ratio: "2:3" }, 832, 1248],
  ])("%o is %i × %i", (body, width, height) => {
    expect(parse(body).params).toMatchObject({ width, height });
  });

  it.each([
    [{ width: 1000, height: 1024 }, "width", "width must be a multiple of 16, got 1000; try 992 or 1008"],
    [{ size: "1024x70" }, "size", "height must be a multiple of 16, got 70; try 64 or 80"],
    [{ size: "48x64" }, "size", "width must be 64 to 2048, got 48"],
    [{ size: "1024x2064" }, "size", "height must be 64 to 2048, got 2064"],
    [{ size: "1024x128" }, "size", "1024x128 is too long: the longer side may be at most 4 times the shorter"],
    [{ width: 1024 }, "height", "height is required when width is given"],
    [{ height: 1024 }, "width", "width is required when height is given"],
    [{ size: "64x64", width: 64, height: 64 }, "size", "give one of size, width and height, not several"],
    [{ aspect_ratio: "5:1" }, "aspect_ratio", "aspect_ratio must be 1:4 to 4:1, got 5:1"],
  ])("%o is refused", (body, param, message) => {
    expect(errorsOf({ prompt: "p", ...body })).toMatchObject([{ param, code: "invalid_size", message }]);
  });
});

describe("refusals name the field, what came and what to do", () => {
  it.each([
    [{ prompt: "" }, "prompt", "invalid_value", "prompt must have at least 1 character, got 0"],
    [{ prompt: "x".repeat(10_001) }, "prompt", "invalid_value", "prompt must have at most 10000 characters, got 10001"],
    [{ prompt: 1 }, "prompt", "invalid_value", "prompt must be text, got 1"],
    [{ n: 5 }, "n", "invalid_value", "n must be at most 4, got 5"],
    [{ n: 1e20 }, "n", "invalid_value", "n must be at most 4, got 100000000000000000000"],
    [{ n: 0 }, "n", "invalid_value", "n must be at least 1, got 0"],
    [{ n: 1.5 }, "n", "invalid_value", "n must be a whole number, got 1.5"],
    [{ n: "2" }, "n", "invalid_value", 'n must be a number, got "2"'],
    [{ n: null }, "n", "invalid_value", "n must be a number, got null"],
    [{ seed: -2 }, "seed", "invalid_value", "seed must be at least -1, got -2"],
    [{ steps: Number.POSITIVE_INFINITY }, "steps", "invalid_value", "steps must be a number, got Infinity"],
    [{ size: "big" }, "size", "invalid_value", 'size must be WIDTHxHEIGHT such as "1024x768", or "auto", got "big"'],
    [{ cfg_truncation: 1.1 }, "cfg_truncation", "invalid_value", "cfg_truncation must be at most 1, got 1.1"],
    [
      { output: { format: "gif" } },
      "output.format",
      "invalid_value",
      'output.format must be one of png, jpeg, webp, avif, got "gif"',
    ],
    [{ output: { dpi: 3 } }, "output.dpi", "unknown_field", "unknown field output.dpi"],
    [{ metadata: { a: 1 } }, "metadata.a", "invalid_value", "metadata.a must be text, got 1"],
    [
      { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, ""])) },
      "metadata",
      "invalid_value",
      "metadata must have at most 16 keys, got an object",
    ],
    [
      { num_inference_steps: 8 },
      "num_inference_steps",
      "unknown_field",
      "unknown field num_inference_steps; did you mean steps?",
    ],
    [
      { preset: "x" },
      "preset",
      "unsupported_capability",
      "preset is not supported here; GET /v1/models lists what the models can do",
    ],
    [{ model: "sdxl" }, "model", "model_not_found", 'model "sdxl" is not served here; try z-image-turbo, z-image'],
    [{ strength: 0.5 }, "strength", "invalid_value", "strength needs image, which is missing; give both"],
    [{ image: "x", strength: 0 }, "strength", "invalid_value", expect.stringContaining("strength must be above 0")],
    [
      { controlnet: { id: "union", image: "x", start: 0.5, end: 0.5 } },
      "controlnet.start",
      "invalid_value",
      "controlnet.start must be below controlnet.end, got 0.5 and 0.5",
    ],
    [
      { loras: [{ id: "../etc/passwd" }] },
      "loras.0.id",
      "invalid_value",
      expect.stringContaining("must be an id of the worker's catalogue"),
    ],
    [{ images: ["x"] }, "images", "unknown_field", "unknown field images; did you mean image or references?"],
  ])("%j", (body, param, code, message) => {
    expect(errorsOf({ prompt: "p", ...body })).toMatchObject([{ param, code, message }]);
  });

  it("all of them at once", () => {
    expect(errorsOf({ n: 9, foo: 1, safety: "x" }).map(({ param, code }) => [param, code])).toEqual([
      ["prompt", "invalid_value"],
      ["n", "invalid_value"],
      ["foo", "unknown_field"],
      ["safety", "unsupported_capability"],
    ]);
  });

  it.each([[null], [[]], ["text"], [7]])("a body that is %j", (body) => {
    expect(errorsOf(body)).toMatchObject([
      { param: "body", message: expect.stringMatching(/^body must be an object/) },
    ]);
  });
});

describe("latents", () => {
  const bytes = Buffer.from(new Float32Array(16 * 8 * 16).map((_, i) => i / 7).buffer);

  it("are float32 of the image's eighth", () => {
    const { latents } = parse({ size: "128x64", latents: bytes.toString("base64") });
    expect(Buffer.from(latents ?? [])).toEqual(bytes);
  });

  it.each([
    ["of another size", bytes.subarray(4).toString("base64"), /float32 \[16, 8, 16\], 8192 bytes for 128x64, got 8188/],
    ["that are no base64", "%%%", /must be base64/],
    [
      "that are not finite",
      Buffer.from(new Float32Array(16 * 8 * 16).fill(Number.NaN).buffer).toString("base64"),
      /must be finite, got NaN at value 0/,
    ],
  ])("%s are refused", (_, latents, message) => {
    const errors = errorsOf({ prompt: "p", size: "128x64", latents });
    expect(errors).toMatchObject([{ param: "latents", message: expect.stringMatching(message) }]);
  });

  it("make one image", () => {
    const errors = errorsOf({ prompt: "p", size: "128x64", n: 2, latents: bytes.toString("base64") });
    expect(errors).toMatchObject([{ param: "n" }]);
  });
});

it("warns of what has no effect", () => {
  const { warnings } = parse({ negative_prompt: "x", output: { quality: 5 } });
  expect(warningMessages(warnings)).toEqual([
    "negative_prompt has no effect while guidance is 0",
    "output.quality has no effect on png",
  ]);
  expect(parse({ model: "z-image", negative_prompt: "x" }).warnings).toEqual([]);
});

it("keeps what images need apart from the images themselves", () => {
  const { params, inputImages } = parse({
    image: "data:image/png;base64,AA",
    mask: "https://example.com/m.png",
    loras: [{ id: "ink", scale: 0.5 }],
    controlnet: { id: "union", image: "file-01" },
    upscale: "refine",
  });
  expect(params).toMatchObject({
    strength: 1,
    maskMode: "white",
    loras: [{ id: "ink", scale: 0.5 }],
    upscale: "refine",
    controlNet: { id: "union", scale: 0.75 },
  });
  expect(inputImages).toEqual({
    image: "data:image/png;base64,AA",
    mask: "https://example.com/m.png",
    controlImage: "file-01",
  });
  expect(parse({ image: "x" }).params.strength).toBe(0.6);
});

it("takes a path for a file of the workers' folder where there is one, else for a repository", () => {
  const adapters = { loras: new Set(["zimage/ink"]), controlnets: undefined };
  const loras = [{ path: "zimage/ink" }, { path: "someone/ink" }, { path: "https://huggingface.co/someone/ink" }];
  const { params } = parseImageRequest({ prompt: "x", loras }, { ...context, models: [{ ...turbo, adapters }] });
  expect(params.loras?.map(({ id }) => id)).toEqual([
    "zimage/ink",
    "https://huggingface.co/someone/ink",
    "https://huggingface.co/someone/ink",
  ]);
});

describe("sigmas", () => {
  it("take the place of steps, in what is drawn and in what it costs", () => {
    const { params, warnings } = parse({ sigmas: [1, 0.9, 0.75, 0.5] });
    expect([params.sigmas, params.steps, warnings]).toEqual([[1, 0.9, 0.75, 0.5], 4, []]);
    expect(parse({ sigmas: [1, 0.9, 0.75, 0.5], steps: 4 }).params.steps).toBe(4);
    expect(parse({ steps: 4 }).params.sigmas).toBeUndefined();
  });

  it.each([
    [{ sigmas: [] }, "sigmas"],
    [{ sigmas: [1, 0.5, 0.5] }, "must fall from each to the next"],
    [{ sigmas: [1, 0.5, 0] }, "sigmas.2"],
    [{ sigmas: [1.1, 0.5] }, "sigmas.0"],
    [{ sigmas: Array.from({ length: 101 }, (_, i) => 1 - i / 200) }, "sigmas"],
    [{ sigmas: [1, 0.5], steps: 3 }, "steps and sigmas disagree about the number of steps: 3 and 2; give one of them"],
  ])("refuses %j", (fields, message) => {
    expect(JSON.stringify(errorsOf({ prompt: "p", ...fields }))).toContain(message);
  });

  it("warn where they begin below pure noise, but not with an image", () => {
    expect(warningMessages(parse({ sigmas: [0.8, 0.4] }).warnings)).toContainEqual(
      expect.stringContaining("sigmas begin at 0.8"),
    );
    expect(
      parse({ sigmas: [0.8, 0.4], image: "x" })
        .warnings.map(({ code }) => code)
        .join(),
    ).not.toContain("sigmas");
  });
});

it("warns of what a distilled model was not made for", () => {
  expect(warningMessages(parse({ guidance: 3, steps: 40 }).warnings)).toEqual([
    expect.stringMatching(/guidance 3 doubles the time/),
    expect.stringMatching(/made for 8 steps; with 40/),
  ]);
});
