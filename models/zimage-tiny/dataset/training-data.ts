import { z } from "zod";
import type { OpenTrainingData } from "../../../gpu-worker/training/data/training-data.ts";
import { backgroundNames } from "./background-colours.ts";
import { trainingCaption } from "./captions.ts";
import type { EmojiObject } from "./emoji-object.ts";
import { familiarObjects } from "./familiar-objects.ts";
import { loadObjects, ObjectImages } from "./objects.ts";
import { imageSide } from "./render-object.ts";

const share = z.number().min(0).max(1);
/** `data.options` of a configuration. */
export const dataOptions = z.strictObject({
  /** The familiar ones, or how many of the whole list: the familiar ones and others spread evenly over it. */
  objects: z.union([z.literal("familiar"), z.int().positive()]),
  captions: z
    .strictObject({
      white: share.exactOptional(),
      bare: share.exactOptional(),
      empty: share.exactOptional(),
      tag: share.exactOptional(),
      loose: share.exactOptional(),
      filler: share.exactOptional(),
    })
    .optional(),
});

/**
 * The objects of zimage-tiny on all background colours, with captions made as they are needed. Image `8 · object +
 * background`.
 */
const openTrainingData: OpenTrainingData = async (options) => {
  const { objects: wanted, captions } = dataOptions.parse(options);
  const objects = chooseObjects(await loadObjects(), wanted);
  const images = await ObjectImages.open(objects);
  const grounds = backgroundNames.length;
  return {
    fingerprint: `zimage-tiny ${objects.map(({ hexcode }) => hexcode).join(" ")}`,
    imageCount: objects.length * grounds,
    size: () => ({ width: imageSide, height: imageSide }),
    async image(index) {
      const object = objects[Math.floor(index / grounds)]!;
      const data = images.renderObject(object, backgroundNames[index % grounds]!);
      return { width: imageSide, height: imageSide, data };
    },
    exampleCount: objects.length,
    caption(example, random) {
      const { text, background } = trainingCaption(objects[example]!, random, captions);
      return { text, image: example * grounds + backgroundNames.indexOf(background) };
    },
  };
};
export default openTrainingData;

/**
 * The familiar objects come first, so that every set of them or more can draw what people try first; the rest is spread
 * evenly over the whole list.
 * @throws Error when fewer objects are there than are wanted, or no familiar one is called so
 */
export function chooseObjects(all: readonly EmojiObject[], wanted: number | "familiar"): readonly EmojiObject[] {
  const byName = new Map(all.map((object) => [object.en, object]));
  const familiar = familiarObjects.map((name) => {
    const object = byName.get(name);
    if (!object) throw new Error(`no object is called ${name}`);
    return object;
  });
  if (wanted === "familiar") return familiar;
  if (wanted > all.length) throw new Error(`objects: at most ${all.length}, got ${wanted}`);
  const known = new Set(familiar);
  const others = all.filter((object) => !known.has(object));
  const more = Math.max(0, wanted - familiar.length);
  const spread = Array.from({ length: more }, (_, index) => others[Math.floor((index * others.length) / more)]!);
  return [...familiar.slice(0, wanted), ...spread];
}
