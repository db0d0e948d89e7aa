import { useEffect } from "preact/hooks";
import type { ImageDetail, Image as ListedImage } from "../../../../../sdk/src/index.ts";
import { dayOf } from "../list/days.ts";
import { type ImageList, imageAt, imagesBetween, indexOfImage } from "../list/image-list.ts";

/** Images on either side that the strip shows. */
const around = 6;
/** An address that came from elsewhere names an image that the list has not fetched: so many of its day are. */
const mostLookedThrough = 1_000;

/** Where an image is in the list, and its neighbours, which are fetched before they are asked for. */
export function usePlace(list: ImageList, id: string, detail: ImageDetail | undefined) {
  const sections = list.sections.value;
  const index = indexOfImage(sections, id);
  const image = index < 0 ? undefined : imageAt(sections, index);
  const previous = index < 1 ? undefined : imageAt(sections, index - 1);
  const next = index < 0 ? undefined : imageAt(sections, index + 1);
  const from = Math.max(0, index - around);
  const day = detail && dayOf(detail.created_at);
  const at = sections.findIndex((section) => section.day === day);
  useEffect(() => {
    if (index >= 0) void list.load(from, index + around + 1);
    else if (at >= 0) {
      const first = sections.slice(0, at).reduce((sum, { count }) => sum + count, 0);
      void list.load(first, first + Math.min(mostLookedThrough, sections[at]?.count ?? 0));
    }
  }, [list, index, at]);
  useEffect(() => {
    preload(next);
    preload(previous);
  }, [next?.id, previous?.id]);
  return { index, image, previous, next, around: index < 0 ? [] : imagesBetween(sections, from, index + around + 1) };
}

/** The browser keeps it in its cache for when it is shown. */
function preload(image: ListedImage | undefined): void {
  if (image) new Image().src = image.url;
}

export type Place = ReturnType<typeof usePlace>;
