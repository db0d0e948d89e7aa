import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { writeRedClassifier } from "../../test/support/engine/red-classifier.ts";
import { runtime } from "../../test/support/engine/run-graph.ts";
import type { RgbImage } from "../pipeline/image.ts";
import { openImageClassifier } from "./image-classifier.ts";

const folder = mkdtempSync(join(tmpdir(), "classifier-"));
afterAll(() => rmSync(folder, { recursive: true }));

function plain(r: number, g: number, b: number, [width, height]: readonly [number, number] = [40, 20]): RgbImage {
  return { data: Uint8Array.from({ length: 3 * width * height }, (_, i) => [r, g, b][i % 3]!), width, height };
}

it("scores an image of any size, and refuses by the threshold, with the category", async () => {
  const classifier = await openImageClassifier(writeRedClassifier(folder), runtime);
  const { red, other } = await classifier.scores(plain(255, 0, 0));
  // softmax(10, 0)
  expect(red).toBeCloseTo(1 / (1 + Math.exp(-10)), 4);
  expect(red! + other!).toBeCloseTo(1, 6);
  expect((await classifier.scores(plain(90, 90, 200, [7, 300]))).red).toBeCloseTo(0.5, 4);
  await expect(classifier.assertAllowed(plain(255, 0, 0))).rejects.toMatchObject({
    code: "content_policy",
    retryable: false,
    message: expect.stringContaining("(violence)"),
  });
  await expect(classifier.assertAllowed(plain(0, 255, 0))).resolves.toBeUndefined();
  // 10 · (120 − 80) / 255 = 1.57: the score is 0.83, below the threshold.
  await expect(classifier.assertAllowed(plain(120, 80, 0))).resolves.toBeUndefined();
  await classifier.release();
});

it("takes mean and deviation off, and other activations", async () => {
  const input = { name: "pixel_values", size: 16, mean: [0.5, 0, 0], std: [0.5, 1, 1] } as const;
  const output = { name: "logits", activation: "none" } as const;
  const changes = { input: { ...input, mean: [...input.mean], std: [...input.std] } as never, output };
  const raw = await openImageClassifier(writeRedClassifier(folder, changes), runtime);
  // 10 · (255 / 255 − 0.5) / 0.5
  expect((await raw.scores(plain(255, 0, 0))).red).toBeCloseTo(10, 4);
  const sigmoid = await openImageClassifier(
    writeRedClassifier(folder, { output: { ...output, activation: "sigmoid" } }),
    runtime,
  );
  expect((await sigmoid.scores(plain(51, 0, 0))).red).toBeCloseTo(1 / (1 + Math.exp(-2)), 4);
});

it("allows nothing on a score that is no number", async () => {
  const nan = { name: "pixel_values", size: 16, mean: [0, 0, 0], std: [1e-300, 1, 1] };
  const classifier = await openImageClassifier(writeRedClassifier(folder, { input: nan as never }), runtime);
  await expect(classifier.assertAllowed(plain(255, 0, 0))).rejects.toMatchObject({ code: "content_policy" });
});

describe("says what is wrong", () => {
  it.each([
    [{ model: "none.onnx" }, /none\.onnx cannot be read/],
    [{ refuse: [{ label: "blue", threshold: 0.5 }] }, /refuse must name labels alone/],
    [{ refuse: [{ label: "red", threshold: 2 }] }, /refuse\.0\.threshold/],
    [{ labels: [] }, /labels/],
    [{ sizes: 3 }, /Unrecognized key/],
  ])("in %j", async (changes, message) => {
    const path = writeRedClassifier(folder, changes as never);
    await expect(openImageClassifier(path, runtime)).rejects.toThrow(message);
  });

  it("of a file that is no JSON, and of a model that is none", async () => {
    const path = join(folder, "text.json");
    writeFileSync(path, "{");
    await expect(openImageClassifier(path, runtime)).rejects.toThrow(/text\.json: the image classifier cannot be read/);
    writeFileSync(join(folder, "text.onnx"), "no model");
    await expect(openImageClassifier(writeRedClassifier(folder, { model: "text.onnx" }), runtime)).rejects.toThrow();
  });

  it("of a model with another number of scores", async () => {
    const labels = ["red", "other", "more"];
    const classifier = await openImageClassifier(writeRedClassifier(folder, { labels }), runtime);
    await expect(classifier.scores(plain(0, 0, 0))).rejects.toThrow("gave 2 scores in logits, and has 3 labels");
  });
});
