import type { ReadonlySignal } from "@preact/signals";
import type { Image } from "../../../../../sdk/src/index.ts";

/** The images of a UTC day, the newest first. */
export interface DaySection {
  readonly day: string;
  readonly count: number;
  /** Those that have come, from the day's newest on; the others of `count` follow. */
  readonly images: readonly Image[];
}

/** The images that a filter leaves, fetched as they are looked at. */
export interface ImageList {
  readonly sections: ReadonlySignal<readonly DaySection[]>;
  /** `null` while not known: a search counts as it goes. */
  readonly total: ReadonlySignal<number | null>;
  /** `loading` until the first of them has come. */
  readonly status: ReadonlySignal<"loading" | "ready" | "failed">;
  readonly error: ReadonlySignal<unknown>;
  /** Fetches what is missing of these places, `to` exclusive; what was wanted before is given up. */
  want(from: number, to: number): void;
  /** As `want`; resolves to the images there, fewer after a failure. */
  load(from: number, to: number): Promise<readonly Image[]>;
  remove(ids: ReadonlySet<string>): void;
}

/** The image at a place of the whole list; `undefined` where it has not come yet. */
export function imageAt(sections: readonly DaySection[], index: number): Image | undefined {
  let first = 0;
  for (const { count, images } of sections) {
    if (index < first + count) return images[index - first];
    first += count;
  }
  return undefined;
}

/** The place of an image that has come, -1 for another. */
export function indexOfImage(sections: readonly DaySection[], id: string): number {
  let first = 0;
  for (const { count, images } of sections) {
    const at = images.findIndex((image) => image.id === id);
    if (at >= 0) return first + at;
    first += count;
  }
  return -1;
}

export function imagesBetween(sections: readonly DaySection[], from: number, to: number): Image[] {
  const found: Image[] = [];
  let first = 0;
  for (const { count, images } of sections) {
    found.push(...images.slice(Math.max(0, from - first), Math.max(0, to - first)));
    first += count;
  }
  return found;
}
