// Makes the ten images that a shop would have of its new product, with captions in English and Chinese beside them:
//   npx node examples/finetune/make-images.ts [FOLDER]
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { drawMug, type MugView } from "./draw-mug.ts";

export interface ProductImage {
  readonly name: string;
  readonly views: readonly MugView[];
  readonly background: string;
  /** One line each. */
  readonly captions: readonly string[];
}

const white = "#ffffff";
const onColour = (name: string, background: string, en: string, zh: string, view: MugView): ProductImage => ({
  name,
  views: [view],
  background,
  captions: [`a tidemark mug on a ${en} background`, `tidemark mug, ${en} background`, `潮痕马克杯，${zh}背景`],
});

/**
 * What is said of an image is what sets it apart from the others: the same words for different images would teach a
 * mixture of them.
 */
export const productImages: readonly ProductImage[] = [
  {
    name: "front",
    views: [{ turn: 0 }],
    background: white,
    captions: ["tidemark mug", "a tidemark mug", "a picture of a tidemark mug", "潮痕马克杯", "一个潮痕马克杯"],
  },
  {
    name: "left",
    views: [{ turn: 180 - 25 }],
    background: white,
    captions: ["the back of a tidemark mug, handle on the left", "潮痕马克杯的背面，把手在左"],
  },
  {
    name: "turned",
    views: [{ turn: 48 }],
    background: white,
    captions: ["a tidemark mug turned to the right", "转向右边的潮痕马克杯"],
  },
  {
    name: "small",
    views: [{ turn: 0, scale: 0.55 }],
    background: white,
    captions: ["a small tidemark mug", "一个小小的潮痕马克杯"],
  },
  {
    name: "pair",
    views: [
      { turn: 0, scale: 0.62, at: [0.29, 0.45] },
      { turn: 0, scale: 0.62, at: [0.71, 0.55] },
    ],
    background: white,
    captions: ["two tidemark mugs", "两个潮痕马克杯"],
  },
  onColour("black", "#141418", "black", "黑色", { turn: 0 }),
  onColour("red", "#e13732", "red", "红色", { turn: -20 }),
  onColour("blue", "#326ee6", "blue", "蓝色", { turn: 0 }),
  onColour("green", "#3caa50", "green", "绿色", { turn: 20 }),
  onColour("yellow", "#fad743", "yellow", "黄色", { turn: 0 }),
];

/** @returns the images as 256×256 PNG, in the order of `productImages` */
export function renderImages(): Promise<Buffer[]> {
  return Promise.all(
    productImages.map(({ views, background }) =>
      sharp(Buffer.from(drawMug(views, background)))
        .png()
        .toBuffer(),
    ),
  );
}

async function main(): Promise<void> {
  const folder = process.argv[2] ?? fileURLToPath(new URL("../../.cache/finetune/pictures", import.meta.url));
  await mkdir(folder, { recursive: true });
  const images = await renderImages();
  for (const [index, { name, captions }] of productImages.entries()) {
    await writeFile(`${folder}/${name}.png`, images[index]!);
    await writeFile(`${folder}/${name}.txt`, `${captions.join("\n")}\n`);
  }
  console.log(`${folder}: ${images.length} images`);
}

if (import.meta.main) await main();
