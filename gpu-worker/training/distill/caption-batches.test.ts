import { expect, it } from "vitest";
import { randomStream } from "../data/random-stream.ts";
import { type CaptionSource, captionBatch, spreadImages } from "./caption-batches.ts";
import type { StudentBatch } from "./student-images.ts";

const parts: CaptionSource = {
  data: {
    fingerprint: "",
    imageCount: 10,
    size: () => ({ width: 32, height: 32 }),
    image: () => Promise.reject(new Error("captions need no image")),
    exampleCount: 10,
    caption: (example, random) => ({ text: `${example}${random() < 0.5 ? "a" : "b"}`, image: example }),
  },
  idsOf: (text) => [...text].map((character) => character.charCodeAt(0)),
  latentShapeOf: (example) => [1, 2, example + 1],
};

it("draws a caption and noise of its own for each example", () => {
  const batch = captionBatch(parts, [3, 3, 3, 3, 3, 3], randomStream(3));
  expect(new Set(batch.texts)).toEqual(new Set(["3a", "3b"]));
  expect(batch.ids).toEqual(batch.texts.map(parts.idsOf));
  expect(batch.latentShape).toEqual([1, 2, 4]);
  expect(batch.noises.map(({ length }) => length)).toEqual([8, 8, 8, 8, 8, 8]);
  expect(new Set(batch.noises.map((noise) => noise[0])).size).toBe(6);
  expect(captionBatch(parts, [3, 3, 3, 3, 3, 3], randomStream(3))).toEqual(batch);
  expect(captionBatch(parts, [3, 3, 3, 3, 3, 3], randomStream(2)).noises).not.toEqual(batch.noises);
});

it("measures the spread on four captions from all over the data, each with eight seeds", async () => {
  const drawn: Omit<StudentBatch, "stages">[] = [];
  const images = await spreadImages(parts, 5, async (batch) => {
    drawn.push(batch);
    return batch.noises;
  });
  expect(images).toEqual(drawn.map(({ noises }) => noises));
  expect(drawn.map(({ texts }) => texts[0]![0])).toEqual(["0", "2", "5", "7"]); // ⌊caption · 10 / 4⌋
  for (const { ids, noises } of drawn) {
    expect(new Set(ids.map(String)).size).toBe(1);
    expect(new Set(noises.map((noise) => noise[0])).size).toBe(8);
  }
});
