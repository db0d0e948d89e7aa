import type { Image } from "../../../../../sdk/src/index.ts";
import { dayOf } from "./days.ts";
import { type ImageList, indexOfImage } from "./image-list.ts";

/** Images fetched at a time, and the most that are, on the way to one that an address names. */
const stride = 200;
const most = 2_000;

/**
 * The place of an image that may not have come yet: its day's images are fetched until it is among them.
 * @returns -1 where it is not there, or too far down in its day
 */
export async function findPlace(
  list: ImageList,
  { id, created_at }: Pick<Image, "id" | "created_at">,
): Promise<number> {
  const day = dayOf(created_at);
  for (let looked = 0; looked <= most; looked += stride) {
    const sections = list.sections.peek();
    const index = indexOfImage(sections, id);
    if (index >= 0) return index;
    const at = sections.findIndex((section) => section.day <= day);
    const first = sections.slice(0, at < 0 ? sections.length : at).reduce((sum, { count }) => sum + count, 0);
    await list.load(first + looked, first + looked + stride);
  }
  return indexOfImage(list.sections.peek(), id);
}
