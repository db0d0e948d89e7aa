import { expect, it } from "vitest";
import { catalogModel } from "../../model-catalog/model-catalog.ts";
import { parseImageRequest } from "../parse-image-request.ts";
import { followImageSize } from "./follow-image-size.ts";

const models = [catalogModel({ id: "z-image-turbo", family: "turbo", random: false })];
const submission = (fields: object) =>
  parseImageRequest({ prompt: "a", image: "https://x.test/a.png", ...fields }, { models, newSeed: () => 1 });

it("takes the size of the image, once", () => {
  const followed = followImageSize(submission({}), { width: 640, height: 320 }, models);
  expect(followed).toMatchObject({ followsImageSize: false, params: { width: 640, height: 320 } });
  expect(followImageSize(followed, { width: 64, height: 64 }, models)).toBe(followed);
});

it("leaves a request that names its size alone", () => {
  const named = submission({ size: "512x512" });
  expect(followImageSize(named, { width: 640, height: 320 }, models)).toBe(named);
});

it("refuses an upscale that does not go with the image's size", () => {
  const refined = submission({ upscale: "refine" });
  const large = { width: 1_536, height: 1_536 };
  expect(() => followImageSize(refined, large, models)).toThrow(expect.objectContaining({ param: "upscale" }));
});
