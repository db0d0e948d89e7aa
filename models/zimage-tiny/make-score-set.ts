import { pick } from "../../gpu-worker/training/data/random-stream.ts";
import { type BackgroundName, backgroundColours, backgroundNames } from "./dataset/background-colours.ts";
import { backgroundCaptions, heldOutCaption, scoreCaptions } from "./dataset/captions.ts";
import type { EmojiObject, Language } from "./dataset/emoji-object.ts";
import type { ObjectImages } from "./dataset/objects.ts";
import { imageSide } from "./dataset/render-object.ts";

/** An object as the benchmark knows it: `id` is its hexcode. */
interface Named {
  readonly id: string;
}

/**
 * What the benchmark of small models asks of this one.
 * @param trained - how many of `objects`, from the front, the model was trained on; the images of the others are
 * there to be mistaken for
 */
export function makeScoreSet(objects: readonly EmojiObject[], images: ObjectImages, trained: number) {
  const byId = new Map(objects.map((object) => [object.hexcode, object]));
  const objectOf = ({ id }: Named) => {
    const object = byId.get(id);
    if (!object) throw new Error(`no object ${id} in this score set`);
    return object;
  };
  const named = objects.map(({ hexcode, en, zh }) => ({ id: hexcode, names: { en, zh } }));
  return {
    objects: named.slice(0, trained),
    distractors: named.slice(trained),
    backgrounds: backgroundNames.map((id) => ({ id, rgb: backgroundColours[id].rgb })),
    /** The training image on white. */
    reference: (object: Named) => ({
      width: imageSide,
      height: imageSide,
      data: images.renderObject(objectOf(object), "white"),
    }),
    caption(object: Named, language: Language, random: () => number, background?: { readonly id: string }): string {
      const wordings = background
        ? backgroundCaptions(objectOf(object), language, backgroundName(background.id))
        : scoreCaptions(objectOf(object), language);
      return pick(random, wordings);
    },
    heldOutCaption: (object: Named, language: Language, random: () => number): string =>
      heldOutCaption(objectOf(object), language, random),
  };
}

function backgroundName(id: string): BackgroundName {
  const name = backgroundNames.find((known) => known === id);
  if (!name) throw new Error(`no background ${id}, expected one of ${backgroundNames.join(", ")}`);
  return name;
}
