import { deflateSync } from "node:zlib";
import sharp, { type Sharp } from "sharp";
import { expect, it } from "vitest";
import { pngMaskContent } from "./png-mask.ts";

type Encode = (image: Sharp) => Sharp;
const encodings: readonly (readonly [string, Encode])[] = [
  ["gray, 8 bits", (image) => image.toColourspace("b-w").png()],
  ["colour, 8 bits", (image) => image.png()],
  ["colour and alpha", (image) => image.ensureAlpha().png()],
  ["a palette", (image) => image.png({ palette: true })],
  ["two colours", (image) => image.png({ palette: true, colours: 2 })],
  ["16 bits", (image) => image.toColourspace("rgb16").png()],
  ["interlacing", (image) => image.png({ progressive: true })],
  ["filters", (image) => image.png({ adaptiveFiltering: true })],
];

/** Gray noise too faint to mark, and where `dot` is set one white pixel. */
function mask(dot: readonly [number, number] | undefined, { width, height } = { width: 37, height: 23 }): Sharp {
  const data = new Uint8Array(3 * width * height).map((_, i) => (Math.floor(i / 3) * 7) % 5);
  if (dot) data.fill(255, 3 * (dot[1] * width + dot[0]), 3 * (dot[1] * width + dot[0]) + 3);
  return sharp(data, { raw: { width, height, channels: 3 } });
}

it.each(encodings)("finds one white pixel in %s, wherever it is", async (_, encode) => {
  expect(await pngMaskContent(await encode(mask(undefined)).toBuffer(), "white")).toBe("marks nothing");
  for (const dot of [
    [0, 0],
    [36, 22],
    [17, 9],
    [5, 3],
  ] as const) {
    expect(await pngMaskContent(await encode(mask(dot)).toBuffer(), "white")).toBe("marks");
  }
});

it.each([true, false])("finds a transparent pixel (interlaced: %s)", async (progressive) => {
  const data = new Uint8Array(4 * 30 * 20).fill(255);
  const encode = () =>
    sharp(data, { raw: { width: 30, height: 20, channels: 4 } })
      .png({ progressive })
      .toBuffer();
  expect(await pngMaskContent(await encode(), "transparent")).toBe("marks nothing");
  data[4 * 311 + 3] = 100;
  expect(await pngMaskContent(await encode(), "transparent")).toBe("marks");
});

it.each(encodings)("finds one black pixel in %s", async (_, encode) => {
  const data = new Uint8Array(3 * 16 * 16).fill(255);
  const encoded = () => encode(sharp(data, { raw: { width: 16, height: 16, channels: 3 } })).toBuffer();
  expect(await pngMaskContent(await encoded(), "black")).toBe("marks nothing");
  data.fill(0, 3 * 100, 3 * 101);
  expect(await pngMaskContent(await encoded(), "black")).toBe("marks");
});

it("tells that an image has no transparency at all", async () => {
  expect(await pngMaskContent(await mask([1, 1]).png().toBuffer(), "transparent")).toBe("has no alpha");
});

it("sees transparency of a palette, and that what is transparent is not white", async () => {
  const data = new Uint8Array(4 * 16 * 16).fill(255);
  data[3] = 0;
  const clear = await sharp(data, { raw: { width: 16, height: 16, channels: 4 } })
    .png({ palette: true })
    .toBuffer();
  expect(await pngMaskContent(clear, "transparent")).toBe("marks");
  const nothing = await sharp(
    new Uint8Array(4 * 256).map((_, i) => (i % 4 === 3 ? 0 : 255)),
    {
      raw: { width: 16, height: 16, channels: 4 },
    },
  )
    .png()
    .toBuffer();
  expect(await pngMaskContent(nothing, "white")).toBe("marks nothing");
});

function png(header: readonly number[], rows: Uint8Array): Uint8Array {
  const chunk = (type: string, data: Uint8Array) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    return Buffer.concat([length, Buffer.from(type), data, Buffer.alloc(4)]);
  };
  const size = Buffer.alloc(8);
  size.writeUInt32BE(8, 0);
  size.writeUInt32BE(2, 4);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const ihdr = Buffer.concat([size, Buffer.from(header)]);
  return Buffer.concat([
    signature,
    chunk("IHDR", ihdr),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

it.each([
  [0, "marks nothing"],
  [0b0000_0100, "marks"],
])("reads single bits: %d", async (bits, expected) => {
  expect(await pngMaskContent(png([1, 0, 0, 0, 0], Uint8Array.of(0, 0, 0, bits)), "white")).toBe(expected);
});

it.each([
  ["too few rows", png([8, 0, 0, 0, 0], new Uint8Array(9)), "ends too early"],
  ["an unknown filter", png([8, 0, 0, 0, 0], Uint8Array.of(9, ...new Uint8Array(17))), "filter 9"],
  ["an unknown colour type", png([8, 5, 0, 0, 0], new Uint8Array(18)), "colour type 5"],
  ["data that do not inflate", png([8, 0, 0, 0, 0], new Uint8Array(18)).fill(1, 41, 50), ""],
])("throws for %s", async (_, bytes, message) => {
  await expect(pngMaskContent(bytes, "white")).rejects.toThrow(message);
});

it("looks through 16 million pixels in little memory, and lets others have their turn", async () => {
  const black = { create: { width: 4096, height: 4096, channels: 3 as const, background: "black" } };
  const bytes = await sharp(black).png().toBuffer();
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const before = process.memoryUsage().arrayBuffers;
  expect(await pngMaskContent(bytes, "white")).toBe("marks nothing");
  clearInterval(timer);
  expect(turns).toBeGreaterThan(10);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
});
