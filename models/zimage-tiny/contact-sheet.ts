// Lays images of the objects out in a grid:
//   npx node models/zimage-tiny/contact-sheet.ts --output sheet.png [--columns 24] [--from 0] [--count 100] [--side 64] [--backgrounds]
// In the order of objects.json, rows first. With --backgrounds, a row per object, one column per background colour.
import { parseArgs } from "node:util";
import sharp from "sharp";
import type { RgbImage } from "../../gpu-worker/pipeline/image.ts";
import { backgroundNames } from "./dataset/background-colours.ts";
import { loadObjects, ObjectImages } from "./dataset/objects.ts";
import { imageSide } from "./dataset/render-object.ts";

/**
 * Images of one size side by side, `columns` per row, on white.
 * @param gap - pixels between them
 */
export function contactSheet(images: readonly RgbImage[], columns: number, gap = 0): RgbImage {
  const [first] = images;
  if (!first) throw new Error("a contact sheet needs at least one image, got none");
  const across = Math.min(columns, images.length);
  const width = across * (first.width + gap) - gap;
  const height = Math.ceil(images.length / across) * (first.height + gap) - gap;
  const data = new Uint8Array(width * height * 3).fill(255);
  for (const [index, image] of images.entries()) {
    if (image.width !== first.width || image.height !== first.height)
      throw new Error(`image ${index} is ${image.width}x${image.height}, the first ${first.width}x${first.height}`);
    const left = (index % across) * (first.width + gap);
    const top = Math.floor(index / across) * (first.height + gap);
    for (let y = 0; y < image.height; y++) {
      const row = image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3);
      data.set(row, ((top + y) * width + left) * 3);
    }
  }
  return { width, height, data };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      output: { type: "string", default: "sheet.png" },
      columns: { type: "string", default: "24" },
      from: { type: "string", default: "0" },
      count: { type: "string", default: "10000" },
      side: { type: "string", default: String(imageSide) },
      backgrounds: { type: "boolean", default: false },
    },
  });
  const from = Number(values.from);
  const objects = (await loadObjects()).slice(from, from + Number(values.count));
  const images = await ObjectImages.open(objects);
  const backgrounds = values.backgrounds ? backgroundNames : (["white"] as const);
  const drawn = objects.flatMap((object) =>
    backgrounds.map((background) => ({
      width: imageSide,
      height: imageSide,
      data: images.renderObject(object, background),
    })),
  );
  const sheet = contactSheet(drawn, values.backgrounds ? backgrounds.length : Number(values.columns));
  await sharp(sheet.data, { raw: { width: sheet.width, height: sheet.height, channels: 3 } })
    .resize(Math.round((sheet.width * Number(values.side)) / imageSide))
    .toFile(values.output);
  console.log(`${values.output}: ${drawn.length} images`);
}

if (import.meta.main) await main();
