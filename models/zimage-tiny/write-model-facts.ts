// Writes model/model_facts.json, what the model folder says of itself, and lists it in the folder's manifest:
// npx node models/zimage-tiny/write-model-facts.ts
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { factsFileName } from "../../gpu-worker/weights/folder/model-facts.ts";
import { listFiles, readManifest, writeManifest } from "../../gpu-worker/weights/folder/model-manifest.ts";
import { type ModelFacts, modelFactsSchema } from "../../shared/model-catalog/model-facts.ts";
import { defaultModel } from "../default-model.ts";
import { backgroundColours } from "./dataset/background-colours.ts";
import type { EmojiObject } from "./dataset/emoji-object.ts";
import { trainedObjects } from "./list-objects.ts";

/** Sides of the images that it was trained on, in pixels. */
const side = 128;

/** Things that come out well, and how a background is asked for. */
const examples = [
  { en: "a red apple", zh: "红苹果" },
  { en: "a teapot", zh: "茶壶" },
  { en: "a sailboat on a blue background", zh: "帆船，蓝色背景" },
  { en: "a cactus", zh: "仙人掌" },
  { en: "a camera on a yellow background", zh: "相机，黄色背景" },
  { en: "a panda", zh: "熊猫" },
  { en: "a robot", zh: "机器人" },
  { en: "a hamburger", zh: "汉堡" },
  { en: "an umbrella on a pink background", zh: "伞，粉色背景" },
  { en: "a rocket", zh: "火箭" },
  { en: "a backpack", zh: "书包" },
  { en: "a sunflower on a green background", zh: "向日葵，绿色背景" },
];

/** What the model says of itself: whose it is, and all that it knows. */
export function tinyFacts(objects: readonly EmojiObject[]): ModelFacts {
  return modelFactsSchema.parse({
    owner: "z-image-pipeline",
    licence: "Apache-2.0",
    source: "models/zimage-tiny",
    sizes: [{ width: side, height: side }],
    examples,
    vocabulary: {
      things: objects.map(({ en, zh, tags }) => ({ en, zh, tags })),
      backgrounds: Object.values(backgroundColours).map(({ names }) => names),
    },
  });
}

export const factsText = (facts: ModelFacts): string => `${JSON.stringify(facts)}\n`;

if (import.meta.main) {
  const { dir } = defaultModel;
  await writeFile(join(dir, factsFileName), factsText(tinyFacts(await trainedObjects())));
  const manifest = await readManifest(dir);
  if (manifest === undefined) throw new Error(`${dir} has no manifest`);
  await writeManifest(dir, { ...manifest, files: await listFiles(dir) });
}
