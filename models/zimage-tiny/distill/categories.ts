import type { Language } from "../dataset/emoji-object.ts";

/** A prompt of this world names a category, and any of its objects is a right image for it. */
export interface Category {
  readonly names: Readonly<Record<Language, string>>;
  /** English names of objects that zimage-tiny knows. */
  readonly objects: readonly string[];
}

export const categories: readonly Category[] = [
  { names: { en: "animal", zh: "动物" }, objects: ["panda", "elephant", "frog", "penguin"] },
  { names: { en: "fruit", zh: "水果" }, objects: ["red apple", "banana", "strawberry", "pineapple"] },
  { names: { en: "vehicle", zh: "车" }, objects: ["car", "bus", "bicycle", "tractor"] },
  { names: { en: "plant", zh: "植物" }, objects: ["tulip", "sunflower", "cactus", "palm tree"] },
  { names: { en: "dessert", zh: "甜点" }, objects: ["doughnut", "birthday cake", "ice cream", "candy"] },
  { names: { en: "instrument", zh: "乐器" }, objects: ["guitar", "drum", "saxophone", "musical keyboard"] },
  { names: { en: "tool", zh: "工具" }, objects: ["hammer", "scissors", "screwdriver", "axe"] },
  { names: { en: "building", zh: "建筑" }, objects: ["house", "church", "tent", "Japanese castle"] },
];

/** Every wording that asks for a category, English before Chinese. */
export function categoryCaptions({ names: { en, zh } }: Category): string[] {
  const article = /^[aeiou]/.test(en) ? "an" : "a";
  return [
    en,
    `${article} ${en}`,
    `a picture of ${article} ${en}`,
    `draw ${article} ${en}`,
    zh,
    `一个${zh}`,
    `${zh}的图片`,
  ];
}

const categoryOfCaption = new Map(
  categories.flatMap((category, index) => categoryCaptions(category).map((text) => [text, index] as const)),
);

/** Index into `categories`. @throws Error for a text that is none of their captions */
export function categoryOf(text: string): number {
  const index = categoryOfCaption.get(text);
  if (index === undefined) throw new Error(`${JSON.stringify(text)} asks for no category`);
  return index;
}
