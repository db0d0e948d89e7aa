import { expect, it } from "vitest";
import { catalogModel } from "../model-catalog/model-catalog.ts";
import { parseImageRequest } from "./parse-image-request.ts";
import { drawsNothing, finishedSizeProblem } from "./product-rules.ts";

const context = { models: [catalogModel({ id: "z-image-turbo", family: "turbo", random: false })], newSeed: () => 99 };
const parse = (body: object) => parseImageRequest({ prompt: "p", ...body }, context);
const photo = { image: "file-01" };

it.each([
  [{ ...photo, crop: { x: 0.6, y: 0, width: 0.5, height: 1 } }, "crop"],
  [{ ...photo, crop: { x: 0, y: 0, width: 0, height: 1 } }, "crop.width"],
  [{ ...photo, product: { fill: 1.2 } }, "product.fill"],
  [{ ...photo, product: { background: "green" } }, "product.background"],
  [{ ...photo, product: { color: "red" } }, "product.color"],
  [{ finish: { size: "1000" } }, "finish.size"],
  [{ finish: { size: "1000x900" } }, "finish.size"],
  [{ finish: { max_bytes: 999 } }, "finish.max_bytes"],
  [{ checks: { text: [""] } }, "checks.text.0"],
])("%j is refused by its field %s", (body, param) => {
  let refused: unknown;
  try {
    parse(body);
  } catch (error) {
    refused = error;
  }
  expect(refused).toMatchObject({ errors: [{ param }] });
});

it("takes a crop up to the edge, also where its shares add up to a little more than 1 in binary", () => {
  const crop = { x: 1 - 0.9, y: 0, width: 0.9 + 2 * Number.EPSILON, height: 1 };
  expect(crop.x + crop.width).toBeGreaterThan(1);
  expect(parse({ ...photo, crop }).params).toMatchObject({ crop });
});

it.each([
  ["1000x1000", undefined],
  // A fiftieth is allowed.
  ["1019x1000", undefined],
  ["1021x1000", "finish.size must have the proportions of the image, 1008x1008; got 1021x1000"],
  ["1000x900", "finish.size must have the proportions of the image, 1008x1008; got 1000x900"],
  ["5000x5000", expect.stringMatching(/^finish\.size must have sides of \d+ to \d+, got 5000x5000$/)],
  ["32x32", expect.stringMatching(/^finish\.size must have sides of \d+ to \d+, got 32x32$/)],
])("the finished size %s of an image of 1008x1008: %s", (size, problem) => {
  expect(finishedSizeProblem(size, { width: 1008, height: 1008 })).toEqual(problem);
});

it("keeps a finished size with what is drawn", () => {
  expect(parse({ size: "1008x1008", finish: { size: "1000x1000" } }).params.finish).toEqual({ size: "1000x1000" });
});

it.each([
  [{ crop: { x: 0, y: 0, width: 1, height: 1 } }, true],
  [{ product: { background: "white" } }, true],
  [{ product: { background: "drawn" } }, false],
  [{ product: {} }, false],
  [{}, false],
] as const)("%j draws nothing: %s", (request, nothing) => {
  expect(drawsNothing(request)).toBe(nothing);
});
