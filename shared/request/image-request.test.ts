import { expect, it } from "vitest";
import { sampleParams } from "../../test/support/api/sample-job.ts";
import { imageRequestSchema } from "./image-request.ts";
import { passedParams, passedShape, pickPassed } from "./passed-fields.ts";
import { passedRequest } from "./passed-request.ts";

it("keeps every field described, for the documentation", () => {
  for (const [name, field] of Object.entries(imageRequestSchema.shape)) {
    if (name === "output" || name === "webhook") continue;
    expect(field.description, name).toBeTruthy();
  }
});

it("passes the fields that no rule reads to the pipeline in camelCase, and shows them under their own names", () => {
  const request = imageRequestSchema.parse({ prompt: "a fox", negative_prompt: "blur", upscale: "lanczos", steps: 4 });
  const passed = {
    prompt: "a fox",
    negativePrompt: "blur",
    cfgNormalization: false,
    cfgTruncation: 1,
    upscale: "lanczos",
  };
  expect(passedParams(request)).toEqual(passed);
  expect(pickPassed(Object.assign(passedParams(request), { width: 64 }))).toEqual(passed);
  const params = { ...sampleParams, ...passedParams(request), maskMode: "white", imageKey: "in/a" } as const;
  expect(imageRequestSchema.parse(passedRequest(params))).toEqual({ ...request, steps: undefined });
});

it.each([
  "Mystic XXX ZIT v2",
  "qinglong_detailedeye_z-imageV2(comfy)",
  "水墨风",
  "zimage/sub",
  "v1.0 [ink] #2",
])("takes the file name %j for an id", (id) => {
  expect(imageRequestSchema.safeParse({ prompt: "a", loras: [{ id }] }).success).toBe(true);
});

it.each([
  "",
  "../ink",
  "a/../../ink",
  "a/..",
  "/ink",
  "./ink",
  "ink\n",
  "x".repeat(2049),
])("does not take %j for an id", (id) => {
  expect(imageRequestSchema.safeParse({ prompt: "a", loras: [{ id }] }).success).toBe(false);
});

it("shows a field with a default as one that always has a value", () => {
  expect(passedShape.cfg_truncation.safeParse(undefined).success).toBe(false);
  expect(passedShape.negative_prompt.safeParse(undefined).success).toBe(true);
  expect(passedShape.cfg_truncation.description).toBe(imageRequestSchema.shape.cfg_truncation.description);
});
