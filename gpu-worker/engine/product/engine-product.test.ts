import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { productPhotos } from "../../../test/support/catalogue/product-photos.ts";
import { collect } from "../../../test/support/collect.ts";
import { fakeComponents } from "../../../test/support/engine/fake-components.ts";
import type { GenerateParams } from "../../engine.ts";
import { ImagePipeline } from "../../pipeline/generate-image.ts";
import { engineGenerate } from "../engine-generate.ts";

const params: GenerateParams = {
  prompt: "on an oak table",
  width: 64,
  height: 64,
  steps: 4,
  guidance: 0,
  cfgNormalization: false,
  cfgTruncation: 1,
  seed: 1,
  format: "png",
  preview: false,
};

async function draw(more: Partial<GenerateParams>) {
  const fakes = fakeComponents();
  const events = await collect(engineGenerate(new ImagePipeline(fakes), { ...params, ...more }, () => false));
  const last = events.at(-1)!;
  if (last.type !== "image") throw new Error(`ended with ${last.type}`);
  const { data, info } = await sharp(last.image.bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { events, image: last.image, data, info, calls: fakes.transformerCalls.length };
}

/** A product of 20 × 20 pixels in 20 × 20 colours, on white. */
const texture = await sharp(
  Uint8Array.from({ length: 40 * 40 * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % 40, Math.floor(i / 120)];
    return x < 10 || x >= 30 || y < 10 || y >= 30 ? 255 : [10 * (x - 10), 9 * (y - 10), 40][i % 3]!;
  }),
  { raw: { width: 40, height: 40, channels: 3 } },
)
  .png()
  .toBuffer();

it("draws around a product and gives back its own pixels", async () => {
  // The product's 20 pixels are 0.3125 of the canvas: it stands there in its own size, from 22 to 41.
  const { data, image, calls } = await draw({ image: texture, product: { fill: 0.3125 } });
  expect(calls).toBe(4);
  for (let y = 0; y < 20; y++) {
    for (let x = 0; x < 20; x++) {
      const at = 3 * ((y + 22) * 64 + x + 22);
      expect([...data.subarray(at, at + 3)]).toEqual([10 * x, 9 * y, 40]);
    }
  }
  expect(image.checks).toMatchObject({ productPsnr: 100, productScale: 1, cutOut: "background", fill: 0.3125 });
  // Around it is what the networks drew, which is not white.
  expect(new Set(data.subarray(0, 3 * 64 * 20)).size).toBeGreaterThan(1);
});

it("puts a product on white without any network, at the size of the file", async () => {
  const finish = { size: "1000x1000" };
  const product = { background: "white", fill: 0.9 } as const;
  const more = { image: await productPhotos.shadow(), product, finish, format: "jpeg", quality: 92, steps: 1 } as const;
  const { image, info, calls, events } = await draw(more);
  expect([calls, info.width, info.height]).toEqual([0, 1000, 1000]);
  expect(events.filter(({ type }) => type === "step")).toEqual([{ type: "step", step: 1, total: 1 }]);
  expect(image.checks).toMatchObject({ borderWhiteExact: 1, fill: 0.9, flat: false });
  expect(image.checks!.productPsnr).toBeGreaterThanOrEqual(45);
  expect(events[0]).toMatchObject({
    type: "warning",
    warning: { message: expect.stringContaining("enlarged 4.0 times") },
  });
});

it("scales what is drawn to the finished size, and places the product in that", async () => {
  const { image, info } = await draw({ image: texture, product: { fill: 0.5 }, finish: { size: "200x200" } });
  expect([info.width, info.height]).toEqual([200, 200]);
  expect(image.checks).toMatchObject({ productScale: 5, productPsnr: 100 });
});

it("takes a part of a photo without any network", async () => {
  const crop = { x: 0.25, y: 0.25, width: 0.5, height: 0.5 };
  const { data, calls, image } = await draw({ image: texture, crop, width: 80, height: 80, finish: { size: "20x20" } });
  expect(calls).toBe(0);
  expect([...data.subarray(3 * 21, 3 * 21 + 3)]).toEqual([10, 9, 40]);
  expect(image.checks).toMatchObject({ borderWhiteExact: 0 });
});

it("finishes and measures what no photo belongs to, where that is asked for", async () => {
  const { image, info } = await draw({
    checks: {},
    finish: { size: "128x128", max_bytes: 100_000 },
    format: "jpeg",
    quality: 95,
  });
  expect(info).toMatchObject({ width: 128, height: 128 });
  expect(image.checks).toMatchObject({ dhash: expect.stringMatching(/^[\da-f]{16}$/), quality: expect.any(Number) });
  expect(image.checks).not.toHaveProperty("productPsnr");
  expect((await draw({})).image.checks).toBeUndefined();
});

describe("a photo without cut-out", () => {
  it.each([
    ["busy", { product: {} }],
    ["busy", { product: { background: "white" } }],
    ["white_on_white", { product: {} }],
  ] as const)("fails before anything is drawn: %s, %j", async (name, more) => {
    const fakes = fakeComponents();
    const wanted = { ...params, ...more, image: await productPhotos[name]() };
    const run = collect(engineGenerate(new ImagePipeline(fakes), wanted, () => false));
    await expect(run).rejects.toMatchObject({ name: "InvalidInputError", code: "no_cutout", param: "image" });
    expect(fakes.transformerCalls.length).toBe(0);
  });
});
