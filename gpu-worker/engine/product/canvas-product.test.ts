import sharp from "sharp";
import { expect, it } from "vitest";
import { warningMessages } from "../../../shared/warnings/warning.ts";
import { productPhotos } from "../../../test/support/catalogue/product-photos.ts";
import { sampleWarning } from "../../../test/support/sample-warning.ts";
import type { GenerateParams } from "../../engine.ts";
import type { RgbaImage } from "../../pipeline/image.ts";
import { CanvasProduct } from "./canvas-product.ts";

/** A product of 4 × 2 pixels of one colour, and what the cut-out says of it. */
function open(warnings: readonly string[] = []) {
  const data = new Uint8Array(4 * 8).map((_, i) => (i % 4 === 3 ? 255 : 50));
  const image: RgbaImage = { data, width: 4, height: 2 };
  return new CanvasProduct(
    { image, by: "alpha", warnings: warnings.map(sampleWarning) },
    { fill: 1, anchor: "center" },
  );
}
const size = (side: number) => ({ width: side, height: side });

it("places the product on a canvas of each size, and keeps the latest", async () => {
  const product = open();
  const small = await product.placedAt(size(4));
  expect([small.scale, small.box]).toEqual([1, { left: 0, top: 1, width: 4, height: 2 }]);
  expect(await product.placedAt(size(4))).toBe(small);
  expect((await product.placedAt(size(8))).scale).toBe(2);
  expect(await product.placedAt(size(4))).not.toBe(small);
});

it("starts from the product on white, with all around it to be drawn", async () => {
  const { image, mask } = await open().startAt(size(4));
  const row = (data: Uint8Array, y: number, channels: number) => [
    ...data.subarray(4 * channels * y, 4 * channels * (y + 1)),
  ];
  expect(row(image.data, 1, 3)).toEqual(new Array(12).fill(50));
  expect(new Set([row(mask.data, 1, 1), row(mask.data, 2, 1)].flat())).toEqual(new Set([0]));
  expect(image.width).toBe(4);
});

it("puts the product's own pixels back over what was drawn at any size", async () => {
  const drawn = { data: new Uint8Array(3 * 16).fill(200), ...size(4) };
  const { data } = await open().putBack(drawn);
  expect([...data.subarray(12, 36)]).toEqual(new Array(24).fill(50));
});

it("warns of a product that is enlarged, after what its cut-out says", async () => {
  const product = open(["a hole"]);
  expect(warningMessages(await product.warningsAt(size(4)))).toEqual(["a hole"]);
  expect(warningMessages(await product.warningsAt(size(8)))).toEqual([
    "a hole",
    expect.stringContaining("enlarged 2.0 times and looks soft"),
  ]);
});

it("opens the request's photo, and refuses a mask of another shape", async () => {
  const image = await productPhotos.alpha();
  const params: GenerateParams = {
    prompt: "",
    width: 64,
    height: 64,
    steps: 1,
    guidance: 0,
    cfgNormalization: false,
    cfgTruncation: 1,
    seed: 1,
    format: "png",
    preview: false,
    image,
    product: {},
  };
  expect((await CanvasProduct.open(params)).by).toBe("alpha");
  const mask = await sharp({ create: { width: 10, height: 90, channels: 3, background: "white" } })
    .png()
    .toBuffer();
  await expect(CanvasProduct.open({ ...params, mask })).rejects.toMatchObject({ param: "mask" });
});
