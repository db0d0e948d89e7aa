import { readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, describe, expect, it } from "vitest";
import { loadEngine } from "../../gpu-worker/engine/engine-client.ts";
import type { GenerateParams } from "../../gpu-worker/engine.ts";
import { defaultModel } from "../../models/default-model.ts";

/** Inpainting with the repository's own model: what a mask keeps, and what counts as marked. */

const side = 128;
const engine = await loadEngine({ modelDir: defaultModel.dir });
afterAll(() => engine.close());

const read = (name: string) => readFileSync(join(import.meta.dirname, name));
const base = read("17-inpaint-kept/base.png");
const left = read("17-inpaint-kept/left.png");
const pixelsOf = async (image: Uint8Array) => new Uint8Array(await sharp(image).removeAlpha().raw().toBuffer());
const original = await pixelsOf(base);

async function draw(changes: Partial<GenerateParams>): Promise<Uint8Array> {
  const params: GenerateParams = {
    prompt: "a red apple",
    width: side,
    height: side,
    steps: engine.model.defaultSteps,
    guidance: engine.model.defaultGuidance,
    cfgNormalization: false,
    cfgTruncation: 1,
    seed: 3,
    format: "png",
    preview: false,
    image: base,
    ...changes,
  };
  for await (const event of engine.generate(params)) if (event.type === "image") return pixelsOf(event.image.bytes);
  throw new Error("the engine gave no image");
}

/** Share of the values in columns `from` to `to` that differ from the original. */
function changed(pixels: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let i = 0; i < pixels.length; i++) {
    const column = Math.floor(i / 3) % side;
    if (column >= from && column < to && pixels[i] !== original[i]) count++;
  }
  return count / (3 * side * (to - from));
}

/** Mean difference from the original in levels of 255. */
const difference = (pixels: Uint8Array) =>
  pixels.reduce((sum, value, i) => sum + Math.abs(value - original[i]!), 0) / pixels.length;

const gray = (levels: Uint8Array) =>
  sharp(levels, { raw: { width: side, height: side, channels: 1 } })
    .png()
    .toBuffer();

describe("what the mask keeps", () => {
  it("is the original's, exactly, and the drawn half fades into it", async () => {
    const pixels = await draw({ mask: left });
    expect(changed(pixels, 64, 128)).toBe(0);
    expect(changed(pixels, 0, 60)).toBeGreaterThan(0.5);
  });

  it("is exact with a hard edge too, and as decoded where nobody wants it", async () => {
    const [hard, none] = [await draw({ mask: left, maskBlend: "hard" }), await draw({ mask: left, maskBlend: "none" })];
    expect(changed(hard, 64, 128)).toBe(0);
    expect(changed(none, 64, 128)).toBeGreaterThan(0.3);
    // Beyond the seam the drawn part is the same in all three.
    const feather = await draw({ mask: left });
    for (let x = 0; x < 59; x++) {
      const at = 3 * (side * 64 + x);
      expect([feather[at], hard[at]]).toEqual([none[at], none[at]]);
    }
  });

  it.each(["lanczos", "refine"] as const)("is the original's at twice the size, by %s", async (upscale) => {
    const pixels = await draw({ mask: left, upscale });
    const large = await pixelsOf(
      await sharp(base)
        .resize(2 * side, 2 * side, { kernel: "lanczos3" })
        .png()
        .toBuffer(),
    );
    // The mask's edge is one pixel wide at its own size, and three at twice that.
    for (let y = 0; y < 2 * side; y++) {
      const [from, to] = [3 * (2 * side * y + 130), 3 * (2 * side * (y + 1))];
      expect(Buffer.compare(pixels.subarray(from, to), large.subarray(from, to))).toBe(0);
    }
  });
});

describe("what the mask marks", () => {
  it("is drawn even in a stroke of four pixels", async () => {
    const mask = read("18-mask-draws-nothing/stroke4.png");
    const marks = await sharp(mask).toColourspace("b-w").raw().toBuffer();
    const pixels = await draw({ mask });
    const isMarked = (i: number) => marks[Math.floor(i / 3)]! > 127;
    const differs = [...pixels.keys()].filter((i) => pixels[i] !== original[i]);
    expect(differs.every(isMarked)).toBe(true);
    expect(differs.length).toBeGreaterThan(0.5 * [...pixels.keys()].filter(isMarked).length);
  });

  it("is drawn in a dot of seven pixels", async () => {
    const levels = new Uint8Array(side * side);
    for (const [x, y] of [
      [42, 61],
      [43, 61],
      [41, 62],
      [42, 62],
      [43, 62],
      [42, 63],
      [43, 63],
    ] as const)
      levels[side * y + x] = 255;
    const pixels = await draw({ mask: await gray(levels) });
    const differing = [...pixels.keys()].filter((i) => pixels[i] !== original[i]);
    expect(differing.length).toBeGreaterThan(7);
    expect(new Set(differing.map((i) => Math.floor(i / 3))).size).toBeLessThanOrEqual(7);
  });

  it("is drawn more the lighter a soft mask is", async () => {
    const at = async (level: number) =>
      difference(await draw({ mask: await gray(new Uint8Array(side * side).fill(level)) }));
    const [quarter, half, full] = [await at(64), await at(128), await at(255)];
    expect(quarter).toBeGreaterThan(0.5);
    expect(half).toBeGreaterThan(1.5 * quarter);
    expect(full).toBeGreaterThan(1.5 * half);
  });

  it("is refused where it is nothing", async () => {
    const drawing = draw({ mask: read("18-mask-draws-nothing/black.png") });
    await expect(drawing).rejects.toMatchObject({ code: "invalid_image", param: "mask" });
  });
});
