import { describe, expect, it } from "vitest";
import { catalogModel } from "../model-catalog/model-catalog.ts";
import { InvalidRequestError } from "./field-errors.ts";
import { parseImageRequest } from "./parse-image-request.ts";

const turbo = catalogModel({ id: "z-image-turbo", family: "turbo", random: false });
const base = catalogModel({ id: "z-image", family: "base", random: false });
const context = { models: [turbo], newSeed: () => 99 };

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

describe("the photo of a product", () => {
  const photo = { image: "file-01" };

  it("is drawn around at the model's size, wholly", () => {
    const { params, followsImageSize } = parse({ ...photo, product: { fill: 0.6 } });
    expect(params).toMatchObject({ width: 1024, steps: 8, strength: 1, product: { fill: 0.6 } });
    expect(followsImageSize).toBe(false);
  });

  it.each([
    [{ product: { background: "white" } }],
    [{ crop: { x: 0, y: 0, width: 0.5, height: 0.5 } }],
  ])("costs one step where nothing is drawn, at any size: %j", (field) => {
    const small = {
      models: [{ ...base, limits: { ...base.limits, maxSide: 128, maxPixels: 128 ** 2 } }],
      newSeed: () => 1,
    };
    const body = { prompt: "p", ...photo, ...field, size: "1600x1600", steps: 30, guidance: 3 };
    expect(parseImageRequest(body, small).params).toMatchObject({ width: 1600, steps: 1, guidance: 0, strength: 1 });
    expect(() => parseImageRequest({ ...body, product: undefined, crop: undefined }, small)).toThrow("1600");
  });

  it.each([
    [{ product: {} }, "product"],
    [{ crop: { x: 0, y: 0, width: 1, height: 1 } }, "crop"],
    [{ ...photo, product: {}, crop: { x: 0, y: 0, width: 1, height: 1 } }, "crop"],
    [{ ...photo, crop: { x: 0, y: 0, width: 1, height: 1 }, mask: "file-2" }, "mask"],
    [{ ...photo, product: {}, strength: 0.5 }, "strength"],
    [{ ...photo, product: { background: "white" }, upscale: "lanczos" }, "upscale"],
    [{ ...photo, product: { background: "white" }, n: 2 }, "n"],
  ])("%j is refused by its field %s", (body, param) => {
    expect(errorsOf({ prompt: "p", ...body }).map((error) => error.param)).toContain(param);
  });
});
