import { describe, expect, it } from "vitest";
import { catalogModel } from "../../model-catalog/model-catalog.ts";
import { namesSize, refineProblem, resolveSize, type SizeWish } from "./image-size.ts";

const turbo = catalogModel({ id: "z-image-turbo", family: "turbo", random: false });
const model = {
  ...turbo,
  defaultWidth: 1_024,
  defaultHeight: 1_024,
  limits: { ...turbo.limits, minSide: 64, maxSide: 2_048, maxPixels: 2_000_000 },
};
const size = (wish: SizeWish) => {
  const result = resolveSize(wish, model);
  return "width" in result
    ? [result.width, result.height]
    : result.errors.map(({ param, message }) => `${param}: ${message}`);
};

describe("the size", () => {
  it.each([
    [{}, [1_024, 1_024]],
    [{ size: "auto" }, [1_024, 1_024]],
    [{ size: "512x768" }, [512, 768]],
    [{ width: 64, height: 256 }, [64, 256]],
    // About 1024² pixels, in steps of 16.
    [{ aspect_ratio: "16:9" }, [1_360, 768]],
    [{ aspect_ratio: "1:4" }, [512, 2_048]],
  ])("that %j asks for is %j", (wish, sides) => expect(size(wish)).toEqual(sides));

  it.each([
    [{ size: "512x512", width: 512, height: 512 }, "size: give one of size, width and height, not several"],
    [{ aspect_ratio: "1:1", width: 64 }, "aspect_ratio: give one of width and height, aspect_ratio, not several"],
    [{ width: 64 }, "height: height is required when width is given"],
    [{ height: 64 }, "width: width is required when height is given"],
    [{ size: "1000x512" }, "size: width must be a multiple of 16, got 1000; try 992 or 1008"],
    [{ width: 48, height: 64 }, "width: width must be 64 to 2048, got 48"],
    [{ size: "2048x1024" }, "size: 2048x1024 has 2097152 pixels, z-image-turbo draws at most 2000000"],
    [{ width: 64, height: 272 }, "height: 64x272 is too long: the longer side may be at most 4 times the shorter"],
    [{ aspect_ratio: "5:1" }, "aspect_ratio: aspect_ratio must be 1:4 to 4:1, got 5:1"],
  ])("is refused for %j", (wish, message) => expect(size(wish)).toEqual([message]));

  it("has an error for each side that is wrong", () => {
    expect(size({ width: 65, height: 3_000 })).toHaveLength(2);
  });

  it("names the longest side of a model that draws less than others", () => {
    const small = { ...model, limits: { ...model.limits, maxSide: 512 } };
    const { errors } = resolveSize({ size: "1024x512" }, small);
    expect(errors[0]!.message).toBe(
      "width must be 64 to 512, got 1024; the longest side that z-image-turbo draws is 512",
    );
    // Of a side that is too short, the longest one explains nothing.
    expect(resolveSize({ size: "32x512" }, small).errors[0]!.message).toBe("width must be 64 to 512, got 32");
  });
});

it.each([
  [{}, false],
  [{ size: "auto" }, false],
  [{ size: "64x64" }, true],
  [{ height: 64 }, true],
  [{ aspect_ratio: "1:1" }, true],
])("%j names a size: %s", (wish, named) => expect(namesSize(wish)).toBe(named));

it("refines only what can be drawn at twice the sides", () => {
  const limits = { ...model.limits, maxSide: 2_048, maxPixels: 2_000_000 };
  expect(refineProblem("refine", { width: 704, height: 704 }, limits)).toBeUndefined();
  expect(refineProblem("refine", { width: 720, height: 720 }, limits)).toMatchObject({ param: "upscale" });
  expect(refineProblem("refine", { width: 1_040, height: 272 }, limits), "a side too long").toBeDefined();
  expect(refineProblem("lanczos", { width: 2_048, height: 960 }, limits)).toBeUndefined();
});
