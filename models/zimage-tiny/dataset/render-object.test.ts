import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { closestPairs, dropNearDuplicates } from "./closest-pairs.ts";
import { labDistance, labThumbnail } from "./lab-thumbnail.ts";
import { hexcodeOfPath, ObjectImages } from "./objects.ts";
import { imageSide, makeSprite, renderSprite } from "./render-object.ts";

/** A disc of one colour on transparent green: the green must never be seen. */
async function disc(colour: readonly [number, number, number], side = 256): Promise<Uint8Array> {
  const pixels = Buffer.alloc(side * side * 4);
  for (let i = 0; i < side * side; i++) {
    const inside = Math.hypot((i % side) + 0.5 - side / 2, Math.floor(i / side) + 0.5 - side / 2) < side / 2;
    pixels.set(inside ? [...colour, 255] : [0, 255, 0, 0], i * 4);
  }
  return sharp(pixels, { raw: { width: side, height: side, channels: 4 } })
    .webp({ lossless: true, exact: true })
    .toBuffer();
}

const pixel = (image: Uint8Array, x: number, y: number) => {
  const at = (y * imageSide + x) * 3;
  return [...image.subarray(at, at + 3)];
};

describe("an object", () => {
  it("lies centred on its background, with a margin of six pixels", async () => {
    const sprite = await makeSprite(await disc([200, 0, 0]));
    expect(sprite.length).toBe(128 * 128 * 4);
    for (const [background, ground] of [
      ["white", [255, 255, 255]],
      ["blue", [50, 110, 230]],
    ] as const) {
      const image = renderSprite(sprite, background);
      expect(image.length).toBe(128 * 128 * 3);
      expect(pixel(image, 64, 64)).toEqual([200, 0, 0]);
      for (const [x, y] of [
        [0, 0],
        [127, 127],
        [5, 64],
        [64, 122],
      ] as const)
        expect(pixel(image, x, y)).toEqual(ground);
      expect(pixel(image, 8, 64)).toEqual([200, 0, 0]);
    }
  });

  it("has no fringe in the colour of its transparent pixels", async () => {
    const image = renderSprite(await makeSprite(await disc([200, 0, 0])), "black");
    // From red to black(20, 20, 24): green never rises above the ground's, but for ringing of the filter.
    for (let i = 1; i < image.length; i += 3) expect(image[i]).toBeLessThanOrEqual(30);
  });

  it("lets as much of the background through as it is transparent", () => {
    const half = new Uint8Array(128 * 128 * 4).map((_, i) => [200, 0, 100, 51][i % 4]!); // 51/255 = one fifth
    // A fifth of it, four fifths of 60, 170, 80
    expect(pixel(renderSprite(half, "green"), 3, 9)).toEqual([88, 136, 84]);
  });

  it("that is not square keeps its shape", async () => {
    const wide = await sharp({ create: { width: 200, height: 100, channels: 3, background: "red" } })
      .png()
      .toBuffer();
    const image = renderSprite(await makeSprite(wide), "white");
    expect(pixel(image, 64, 64)).toEqual([255, 0, 0]);
    expect(pixel(image, 64, 20)).toEqual([255, 255, 255]);
  });

  it("is rendered by name, or refused when it was not opened", async () => {
    const dog = { hexcode: "1F436", en: "dog face", zh: "狗脸", tags: { en: [], zh: [] } };
    const images = new ObjectImages(new Map([["1F436", await makeSprite(await disc([1, 2, 3]))]]));
    expect(pixel(images.renderObject(dog, "pink"), 64, 64)).toEqual([1, 2, 3]);
    expect(() => images.renderObject({ ...dog, hexcode: "1F431" }, "pink")).toThrow("was not opened");
    expect(() => renderSprite(new Uint8Array(7), "white")).toThrow("got 7");
    expect(hexcodeOfPath("package/assets/2764-fe0f-200d-1f525.webp")).toBe("2764-200D-1F525");
  });
});

describe("Lab thumbnails", () => {
  it("average cells and measure the difference of colours", () => {
    const black = labThumbnail(new Uint8Array(32 * 32 * 3), 32);
    const white = labThumbnail(new Uint8Array(32 * 32 * 3).fill(255), 32);
    expect(black.length).toBe(768);
    expect(labDistance(black, white)).toBeCloseTo(100, 3);
    const checks = new Uint8Array(32 * 32 * 3).map((_, i) => ((Math.floor(i / 3) % 32) % 2 ? 255 : 0));
    expect(labThumbnail(checks, 32)[0]).toBeCloseTo(53.39, 1); // half black, half white in every cell
    expect(() => labThumbnail(new Uint8Array(9), 32)).toThrow("square RGB");
  });

  it("find twins, and drop the later one", () => {
    const plain = (grey: number) => labThumbnail(new Uint8Array(16 * 16 * 3).fill(grey), 16);
    const thumbnails = [plain(0), plain(128), plain(130), plain(255), plain(127)];
    expect(closestPairs(thumbnails).map(({ a, b }) => [a, b])).toEqual([
      [1, 4],
      [1, 2],
      [2, 3],
      [0, 4],
    ]);
    const { indices, dropped } = dropNearDuplicates(thumbnails, 5);
    expect(indices).toEqual([0, 1, 3]);
    expect(dropped.map(({ index, twin }) => [index, twin])).toEqual([
      [2, 1],
      [4, 1],
    ]);
  });
});
