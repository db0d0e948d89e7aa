import { readExifComment } from "./exif-comment.ts";
import { readPngTexts } from "./png-text.ts";
import { objectOf, requestFromTexts } from "./request-from-texts.ts";
import { readXmpRequest } from "./xmp-request.ts";

/**
 * Fields of `POST /v1/jobs` that draw the image of this file again, as far as the file says: our own request, else the
 * settings that AUTOMATIC1111's web UI and those who follow it write. They are checked by whoever uses them.
 * @returns `undefined` for a file that does not say how it was drawn
 */
export function readDrawingRequest(file: Uint8Array): { readonly [field: string]: unknown } | undefined {
  const texts = readPngTexts(file);
  const own = texts.get("zimage");
  return (
    requestFromTexts({ own, infotext: undefined }) ??
    objectOf(readXmpRequest(file)) ??
    requestFromTexts({ own: undefined, infotext: texts.get("parameters") ?? readExifComment(file) })
  );
}
