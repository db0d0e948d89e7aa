/** Longest sides of the small copies of an image, in pixels. */
export const thumbnailSides = [256, 512] as const;

export type ThumbnailSide = (typeof thumbnailSides)[number];

/** Beside the image, so that both go together: `o/job_…/0-<digest>.256.webp`. */
export function thumbnailKey({ key }: { readonly key: string }, side: ThumbnailSide): string {
  return `${key.replace(/\.\w+$/, "")}.${side}.webp`;
}

/** Whether an object is a thumbnail. */
export function isThumbnailKey(key: string): boolean {
  return /^o\/[^/]+\/\d+-[0-9a-f]+\.(?:256|512)\.webp$/.test(key);
}

interface StoredImage {
  readonly key: string;
  readonly thumbnails?: readonly ThumbnailSide[];
}

/** All objects of an image. */
export function keysOfImage(image: StoredImage): string[] {
  return [image.key, ...(image.thumbnails ?? []).map((side) => thumbnailKey(image, side))];
}
