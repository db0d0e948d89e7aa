import { readExifComment } from "./exif-comment.ts";
import { readPngTexts } from "./png-text.ts";
import { objectOf, requestFromTexts } from "./request-from-texts.ts";
import { readXmpRequest } from "./xmp-request.ts";

/**
 * Fields of `POST /v1/jobs` that draw the image of this file again, as far as the file says: our own request, else the
 * settings that AUTOMATIC1111's web UI, those who follow it, and ComfyUI write. They are checked by whoever uses them.
 * @returns `undefined` for a file that does not say how it was drawn
 */
export function readDrawingRequest(file: Uint8Array): { readonly [field: string]: unknown } | undefined {
  const texts = readPngTexts(file);
  return (
    requestFromTexts({ own: texts.get("zimage") }) ??
    objectOf(readXmpRequest(file)) ??
    requestFromTexts({ infotext: texts.get("parameters") ?? readExifComment(file), graph: texts.get("prompt") })
  );
}
