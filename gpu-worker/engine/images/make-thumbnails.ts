import sharp from "sharp";
import { requestProperty } from "../../../shared/image-files/xmp-request.ts";
import { type ThumbnailSide, thumbnailSides } from "../../../shared/images/thumbnails.ts";

/** Looked at beside others; less effort than the encoder's own saves no time that counts. */
const webp = { quality: 80, effort: 2 } as const;

/**
 * Small copies of an image file, as WebP. They keep the marks that its XMP packet has, and leave out the request in it.
 * Works in the threads of libvips, and holds up neither the caller's nor the engine's.
 *
 * @param file - PNG, JPEG, WebP or AVIF
 * @returns none of sides that the image does not exceed
 */
export async function makeThumbnails(
  file: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<{ readonly side: ThumbnailSide; readonly bytes: Uint8Array }[]> {
  const sides = thumbnailSides.filter((side) => Math.max(width, height) > side);
  if (sides.length === 0) return [];
  const { xmp } = await sharp(file).metadata();
  const marks = xmp && withoutRequest(xmp.toString("utf8"));
  return Promise.all(
    sides.map(async (side) => {
      const small = sharp(file).resize(side, side, { fit: "inside" }).webp(webp);
      return { side, bytes: await (marks ? small.withXmp(marks) : small).toBuffer() };
    }),
  );
}

function withoutRequest(packet: string): string {
  const [open, close] = [`<zimage:${requestProperty}>`, `</zimage:${requestProperty}>`];
  const from = packet.indexOf(open);
  const to = packet.indexOf(close, from);
  return from < 0 || to < 0 ? packet : packet.slice(0, from) + packet.slice(to + close.length);
}
