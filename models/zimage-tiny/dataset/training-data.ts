import { z } from "zod";
import type { OpenTrainingData } from "../../../gpu-worker/training/training-data.ts";
import { backgroundNames } from "./background-colours.ts";
import { trainingCaption } from "./captions.ts";
import type { EmojiObject } from "./emoji-object.ts";
import { loadObjects, ObjectPictures } from "./objects.ts";
import { pictureSide } from "./render-object.ts";

const share = z.number().min(0).max(1);
const optionsSchema = z.strictObject({
  /** How many of the list, evenly spread over it, or which ones by their English names. */
  objects: z.union([z.int().positive(), z.array(z.string()).min(1)]),
  captions: z
    .strictObject({
      white: share.exactOptional(),
      bare: share.exactOptional(),
      empty: share.exactOptional(),
      tag: share.exactOptional(),
      loose: share.exactOptional(),
    })
    .optional(),
});

/** The objects of zimage-tiny on all background colours, with captions made as they are needed. Picture `8 · object + background`. */
const openTrainingData: OpenTrainingData = async (options) => {
  const { objects: wanted, captions } = optionsSchema.parse(options);
  const objects = chooseObjects(await loadObjects(), wanted);
  const pictures = await ObjectPictures.open(objects);
  const grounds = backgroundNames.length;
  return {
    fingerprint: `zimage-tiny ${objects.map(({ hexcode }) => hexcode).join(" ")}`,
    pictureCount: objects.length * grounds,
    size: { width: pictureSide, height: pictureSide },
    async picture(index) {
      const object = objects[Math.floor(index / grounds)]!;
      const data = pictures.renderObject(object, backgroundNames[index % grounds]!);
      return { width: pictureSide, height: pictureSide, data };
    },
    exampleCount: objects.length,
    caption(example, random) {
      const { text, background } = trainingCaption(objects[example]!, random, captions);
      return { text, picture: example * grounds + backgroundNames.indexOf(background) };
    },
  };
};
export default openTrainingData;

/** @throws Error naming the names that no object has, or when there are fewer objects than wanted */
export function chooseObjects(all: readonly EmojiObject[], wanted: number | readonly string[]): readonly EmojiObject[] {
  if (typeof wanted === "number") {
    if (wanted > all.length) throw new Error(`objects: at most ${all.length}, got ${wanted}`);
    return Array.from({ length: wanted }, (_, index) => all[Math.floor((index * all.length) / wanted)]!);
  }
  const byName = new Map(all.map((object) => [object.en, object]));
  const unknown = wanted.filter((name) => !byName.has(name));
  if (unknown.length > 0) throw new Error(`objects: no object is called ${unknown.join(", ")}`);
  return [...new Set(wanted)].map((name) => byName.get(name)!);
}
