import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { goldenCheckpoint } from "../../test/support/engine/golden-tensors.ts";
import { convertModel } from "../cli/models/convert-model.ts";
import type { GenerateParams } from "../engine.ts";
import { loadEngine } from "./engine-client.ts";
import type { LoadEngineOptions } from "./engine-protocol.ts";

const folder = mkdtempSync(join(tmpdir(), "w8a8-"));
afterAll(() => rmSync(folder, { recursive: true }));
const original = join(folder, "original");
cpSync(goldenCheckpoint("tiny-turbo"), original, { recursive: true });
const converted = join(folder, "converted");
await convertModel({ modelDir: original, to: "int8-convrot", outDir: converted });

const params: GenerateParams = {
  prompt: "a red fox",
  width: 128,
  height: 96,
  steps: 4,
  guidance: 0,
  seed: 3,
  cfgNormalization: false,
  cfgTruncation: 1,
  format: "png",
  preview: false,
};

async function draw(options: LoadEngineOptions): Promise<{ plan: string; pixels: Uint8Array }> {
  const engine = await loadEngine({ threads: 1, ...options });
  try {
    for await (const event of engine.generate(params)) {
      if (event.type !== "image") continue;
      const { default: sharp } = await import("sharp");
      const { data } = await sharp(event.image.bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
      return { plan: engine.setup?.plan ?? "", pixels: data };
    }
    throw new Error("no image");
  } finally {
    await engine.close();
  }
}

/** Root of the mean square, in levels of 255. */
function distance(a: Uint8Array, b: Uint8Array): number {
  return Math.sqrt(a.reduce((sum, value, at) => sum + (value - b[at]!) ** 2, 0) / a.length);
}

const exact = await draw({ modelDir: original, precision: "stored" });

it("draws nearly the same image as in float32, from the published form and from plain weights laid out anew", async () => {
  const fromForm = await draw({ modelDir: converted, precision: "w8a8" });
  const fromPlain = await draw({ modelDir: original, precision: "w8a8" });
  for (const { plan, pixels } of [fromForm, fromPlain]) {
    expect(plan).toMatch(/^w8a8, /);
    expect(distance(pixels, exact.pixels)).toBeGreaterThan(0);
    expect(distance(pixels, exact.pixels)).toBeLessThan(4);
  }
  // The same codes, by whichever way they came.
  expect(distance(fromForm.pixels, fromPlain.pixels)).toBe(0);
  expect(readdirSync(join(original, "transformer")).filter((name) => name.includes("int8-convrot"))).toHaveLength(1);
  expect(readdirSync(join(converted, "transformer")).filter((name) => name.startsWith("."))).toEqual([]);
});

it("expands the published form where that is asked for", async () => {
  const { plan, pixels } = await draw({ modelDir: converted, precision: "stored" });
  expect(plan).toMatch(/^float32, /);
  expect(distance(pixels, exact.pixels)).toBeLessThan(4);
  // What is left is the rounding of the weights alone.
  const both = await draw({ modelDir: converted, precision: "w8a8" });
  expect(distance(pixels, both.pixels)).toBeGreaterThan(0);
});
