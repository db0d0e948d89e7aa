import sharp, { type Sharp } from "sharp";
import { withPngText } from "../../../shared/image-files/png-text.ts";
import type { ImageFormat } from "../../../shared/job.ts";
import type { RgbImage } from "../../pipeline/image.ts";
import type { ImageTexts } from "../../provenance/image-texts.ts";
import { userComment } from "../../provenance/user-comment.ts";
import { encodePng } from "./encode-png.ts";

/** Quality 1..100 where the caller names none. The scales differ: AVIF at 60 looks like JPEG at 90. */
export const defaultQuality = { jpeg: 90, webp: 90, avif: 60 } as const;

export interface EncodeOptions {
  /** Has no meaning for PNG, which is lossless. */
  readonly quality?: number;
  /** Written into the file. */
  readonly texts?: ImageTexts | undefined;
  /** Colour at full resolution, as a product that has to be kept needs it. @default what the format is used to */
  readonly fullChroma?: boolean;
  /** Of WebP and AVIF. @default false */
  readonly lossless?: boolean;
}

/** The image as a file. */
export async function encodeImageFile(
  image: RgbImage,
  format: ImageFormat,
  { texts, ...options }: EncodeOptions = {},
): Promise<Uint8Array> {
  if (format === "png") return withPngTexts(await encodePng(image), texts);
  const raw = sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } });
  return withComment(encoded(raw, format, options), texts);
}

function encoded(
  raw: Sharp,
  format: Exclude<ImageFormat, "png">,
  { quality = defaultQuality[format], fullChroma = false, lossless = false }: EncodeOptions,
): Sharp {
  switch (format) {
    case "jpeg":
      return raw.jpeg({ quality, ...(fullChroma && { chromaSubsampling: "4:4:4" }) });
    case "webp":
      return raw.webp({ quality, effort: 2, smartSubsample: fullChroma, lossless });
    case "avif":
      // Effort 4, the library's default, takes 2.3 s for 1024², ten times as long, to save half the bytes.
      return raw.avif({ quality, effort: 2, lossless });
  }
}

/** Readers look for each text under a keyword of its own. */
function withPngTexts(png: Uint8Array, texts: ImageTexts | undefined): Uint8Array {
  const { parameters, request, aigc, xmp } = texts ?? {};
  const chunks = { parameters, zimage: request, AIGC: aigc, "XML:com.adobe.xmp": xmp };
  // The last one that is put in comes first in the file.
  return Object.entries(chunks).reduceRight(
    (file, [keyword, text]) => (text === undefined ? file : withPngText(file, keyword, text)),
    png,
  );
}

async function withComment(file: Sharp, texts: ImageTexts | undefined): Promise<Uint8Array> {
  if (texts === undefined) return file.toBuffer();
  const marked = file.withXmp(texts.xmp);
  if (texts.parameters === undefined) return marked.toBuffer();
  const comment = userComment(texts.parameters);
  return comment.fill(await marked.withExif({ IFD2: { UserComment: comment.placeholder } }).toBuffer());
}
