import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { loadTokenizer } from "../../../gpu-worker/weights/folder/load-tokenizer.ts";
import { loadObjects } from "../dataset/objects.ts";
import { chooseObjects } from "../dataset/training-data.ts";
import { categories, categoryCaptions, categoryOf } from "./categories.ts";
import { nearestLatents } from "./category-latents.ts";
import { rewardOf } from "./reward.ts";

it("has four objects per category, all of which zimage-tiny draws", async () => {
  const known = new Set(chooseObjects(await loadObjects(), 400).map(({ en }) => en));
  const objects = categories.flatMap((category) => category.objects);
  expect(objects.filter((name) => !known.has(name))).toEqual([]);
  expect([new Set(objects).size, ...new Set(categories.map((category) => category.objects.length))]).toEqual([32, 4]);
});

it("asks for one category per caption, in no more than 32 tokens", async () => {
  const tokenizer = await loadTokenizer(fileURLToPath(new URL("../tokenizer", import.meta.url)));
  const captions = categories.map(categoryCaptions);
  expect(new Set(captions.flat()).size).toBe(56);
  captions.forEach((texts, index) => {
    for (const text of texts) {
      expect(categoryOf(text), text).toBe(index);
      expect(tokenizer.tokenizePrompt(text).inputIds.length, text).toBeLessThanOrEqual(32);
    }
  });
  expect(captions[0]).toContain("a picture of an animal");
  expect(() => categoryOf("a knight")).toThrow('"a knight" asks for no category');
});

it("rewards what is near to an object of the category", () => {
  const latents = [Float32Array.of(0, 0), Float32Array.of(1, 1)];
  expect(nearestLatents(Float32Array.of(1, 0.9), latents)).toEqual({ index: 1, distance: expect.closeTo(0.005, 6) });
  expect(rewardOf(Float32Array.of(1, 1), latents)).toBe(1);
  expect(rewardOf(Float32Array.of(0, 0.4), latents)).toBeCloseTo(Math.exp(-0.08 / 0.05), 6);
});
