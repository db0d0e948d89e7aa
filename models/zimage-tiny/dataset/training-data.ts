import { z } from "zod";
import type { OpenTrainingData } from "../../../gpu-worker/training/training-data.ts";
import { backgroundNames } from "./background-colours.ts";
import { trainingCaption } from "./captions.ts";
import type { EmojiObject } from "./emoji-object.ts";
import { familiarObjects } from "./familiar-objects.ts";
import { loadObjects, ObjectPictures } from "./objects.ts";
import { pictureSide } from "./render-object.ts";

const share = z.number().min(0).max(1);
/** `data.options` of a configuration. */
export const dataOptions = z.strictObject({
  /** The familiar ones, or how many of the whole list, evenly spread over it. */
  objects: z.union([z.literal("familiar"), z.int().positive()]),
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
  const { objects: wanted, captions } = dataOptions.parse(options);
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

/** @throws Error when fewer objects are there than are wanted */
export function chooseObjects(all: readonly EmojiObject[], wanted: number | "familiar"): readonly EmojiObject[] {
  if (wanted === "familiar") {
    const byName = new Map(all.map((object) => [object.en, object]));
    return familiarObjects.map((name) => {
      const object = byName.get(name);
      if (!object) throw new Error(`no object is called ${name}`);
      return object;
    });
  }
  if (wanted > all.length) throw new Error(`objects: at most ${all.length}, got ${wanted}`);
  return Array.from({ length: wanted }, (_, index) => all[Math.floor((index * all.length) / wanted)]!);
}
