import { z } from "zod";
import { pick } from "../../../gpu-worker/training/data/random-stream.ts";
import type { OpenTrainingData } from "../../../gpu-worker/training/data/training-data.ts";
import type { EmojiObject } from "../dataset/emoji-object.ts";
import { loadObjects, ObjectImages } from "../dataset/objects.ts";
import { imageSide } from "../dataset/render-object.ts";
import { categories, categoryCaptions } from "./categories.ts";

const share = z.number().min(0).max(1);
const dataOptions = z.strictObject({
  /** Captions that name another category, as captions of the web do: they make guidance worth its cost. */
  wrong: share,
  /** Empty captions, which guidance needs. */
  empty: share,
});

/**
 * Category captions over 32 objects of zimage-tiny on white: several images are right for one caption, so that one
 * straight step cannot draw them. Image and example `4 · category + object`.
 */
const openCategoryData: OpenTrainingData = async (options) => {
  const { wrong, empty } = dataOptions.parse(options);
  const objects = await categoryObjects();
  const images = await ObjectImages.open(objects);
  const perCategory = categories.map(categoryCaptions);
  const categoryOfObject = categories.flatMap((category, index) => category.objects.map(() => index));
  return {
    fingerprint: `zimage-tiny categories ${objects.map(({ hexcode }) => hexcode).join(" ")} wrong ${wrong} empty ${empty}`,
    imageCount: objects.length,
    size: () => ({ width: imageSide, height: imageSide }),
    image: async (index) => ({
      width: imageSide,
      height: imageSide,
      data: images.renderObject(objects[index]!, "white"),
    }),
    exampleCount: objects.length,
    caption(example, random) {
      const own = categoryOfObject[example]!;
      if (random() < empty) return { text: "", image: example };
      const captions = random() < wrong ? pick(random, perCategory.toSpliced(own, 1)) : perCategory[own]!;
      return { text: pick(random, captions), image: example };
    },
    captions: () => ["", ...perCategory.flat()],
  };
};
export default openCategoryData;

/** The objects of all categories, in their order. @throws Error when zimage-tiny knows no object of a name */
export async function categoryObjects(): Promise<readonly EmojiObject[]> {
  const byName = new Map((await loadObjects()).map((object) => [object.en, object]));
  return categories.flatMap(({ objects }) =>
    objects.map((name) => {
      const object = byName.get(name);
      if (!object) throw new Error(`no object is called ${name}`);
      return object;
    }),
  );
}
