import { expect, it } from "vitest";
import type { RgbImage } from "../pipeline/image.ts";
import { imageTexts } from "./image-texts.ts";

const image = (level: number): RgbImage => ({ width: 2, height: 1, data: new Uint8Array(6).fill(level) });
const described: Parameters<typeof imageTexts>[1] = {
  params: { steps: 8, guidance: 0, width: 2, height: 1 },
  prompt: "a cat",
  seed: 7,
  isComposite: false,
  origin: { model: "z-image-turbo", request: { prompt: "a cat", n: 4 } },
};

it("tells the request that draws this one image again", () => {
  const { request, parameters, xmp } = imageTexts(image(1), described);
  expect(JSON.parse(request!)).toEqual({ prompt: "a cat", n: 1, seed: 7 });
  expect(parameters).toContain("a cat");
  expect(parameters).toContain("Seed: 7");
  expect(xmp).toContain("a cat");
});

it("says how an image was drawn only where that is known, and that it is generated in any case", () => {
  const { request, parameters, aigc, xmp } = imageTexts(image(1), { ...described, origin: { model: "m" } });
  expect([request, parameters]).toEqual([undefined, undefined]);
  expect(JSON.parse(aigc)).toBeTypeOf("object");
  expect(xmp).not.toContain("a cat");
});

it("leaves out a request that no JPEG has room for, and keeps its parameters", () => {
  const request = { prompt: "é".repeat(20_000) };
  const texts = imageTexts(image(1), { ...described, origin: { model: "m", request } });
  expect(texts.request).toBeUndefined();
  expect(texts.parameters).toBeDefined();
});

it("gives the same texts for the same image and request, and another id for another image", () => {
  expect(imageTexts(image(1), described)).toEqual(imageTexts(image(1), described));
  expect(imageTexts(image(2), described).aigc).not.toBe(imageTexts(image(1), described).aigc);
});
