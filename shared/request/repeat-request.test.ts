import { expect, it } from "vitest";
import { sampleParams } from "../../test/support/api/sample-job.ts";
import { catalogModel } from "../model-catalog/model-catalog.ts";
import { parseImageRequest } from "./parse-image-request.ts";
import { repeatRequest } from "./repeat-request.ts";

const turbo = catalogModel({ id: "z-image-turbo", family: "turbo", random: false });
const context = { models: [turbo], newSeed: () => 1 };

it.each([
  [{ prompt: "a fox" }],
  [{ prompt: "a fox", n: 3, size: "128x64", steps: 5, sampler: "heun", guidance: 2, negative_prompt: "blurry" }],
  [{ prompt: "a fox", sigmas: [1, 0.5], output: { format: "jpeg", quality: 80 }, upscale: "lanczos" }],
  [{ prompt: "a fox", loras: [{ id: "ink", scale: 0.5 }], cfg_truncation: 0.5 }],
])("is a request that draws %j again, with its seed", (body) => {
  const { params } = parseImageRequest({ ...body, seed: 9 }, context);
  const again = parseImageRequest(
    JSON.parse(JSON.stringify({ ...repeatRequest(params), seed: 9, n: params.n })),
    context,
  );
  expect(again.params).toEqual(params);
});

it("names no file that the image was drawn from", () => {
  const params = { ...sampleParams, imageKey: "in/a/image-1.png", maskKey: "in/a/mask-1.png", strength: 0.5 };
  const request = repeatRequest(params);
  expect(JSON.stringify(request)).not.toContain("in/a");
  expect(request.inputs).toEqual(["image", "mask"]);
});
