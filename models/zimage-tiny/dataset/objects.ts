import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { BackgroundName } from "./background-colours.ts";
import type { EmojiObject } from "./emoji-object.ts";
import { fetchSource, imageSource } from "./fetch-sources.ts";
import { plainHexcode } from "./join-objects.ts";
import { makeSprite, renderSprite, type Sprite } from "./render-object.ts";

const objectFile = z.array(
  z.object({
    hexcode: z.string(),
    en: z.string().min(1),
    zh: z.string().min(1),
    tags: z.object({ en: z.array(z.string().min(1)), zh: z.array(z.string().min(1)) }),
  }),
);

/**
 * The objects that zimage-tiny is trained on: the committed list, so that the next release of a source changes nothing.
 */
export async function loadObjects(): Promise<readonly EmojiObject[]> {
  return objectFile.parse(JSON.parse(await readFile(new URL("objects.json", import.meta.url), "utf8")));
}

/** The images of objects, cut out and scaled once, laid on a background when asked for. */
export class ObjectImages {
  readonly #sprites: ReadonlyMap<string, Sprite>;

  constructor(sprites: ReadonlyMap<string, Sprite>) {
    this.#sprites = sprites;
  }

  /** Fetches the image package if it is not yet in the cache. Takes a few seconds for all objects. */
  static async open(objects: readonly EmojiObject[], cache?: string): Promise<ObjectImages> {
    const files = new Map(
      [...(await fetchSource(imageSource, cache))].map(([path, bytes]) => [hexcodeOfPath(path), bytes]),
    );
    const sprites = new Map<string, Sprite>();
    for (const { hexcode, en } of objects) {
      const file = files.get(hexcode);
      if (!file) throw new Error(`${imageSource.package} has no image of ${en} (${hexcode})`);
      sprites.set(hexcode, await makeSprite(file));
    }
    return new ObjectImages(sprites);
  }

  sprite(object: EmojiObject): Sprite {
    const sprite = this.#sprites.get(object.hexcode);
    if (!sprite) throw new Error(`the image of ${object.en} (${object.hexcode}) was not opened`);
    return sprite;
  }

  /** @returns `[128, 128, 3]` RGB, 8 bits */
  renderObject(object: EmojiObject, background: BackgroundName): Uint8Array {
    return renderSprite(this.sprite(object), background);
  }
}

/** `package/assets/2764-fe0f.webp` → `2764`. */
export function hexcodeOfPath(path: string): string {
  return plainHexcode(path.replace(/^.*\//, "").replace(/\.webp$/, ""));
}
