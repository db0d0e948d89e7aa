import { createHash } from "node:crypto";
import { PipelineError } from "../../shared/errors.ts";
import { type ThumbnailSide, thumbnailKey } from "../../shared/images/thumbnails.ts";
import { contentTypes, type ImageChecks, type Job, type JobImage } from "../../shared/job.ts";
import { imageKey } from "../../shared/jobs/kept-images.ts";
import { type Clock, systemClock } from "../../shared/ports/clock.ts";
import type { Objects } from "../../shared/ports/objects.ts";
import type { PerceptualHash } from "../../shared/provenance/perceptual-hash.ts";
import { drawsNothing } from "../../shared/request/product-rules.ts";
import { makeWarning, type Warning } from "../../shared/warnings/warning.ts";
import type { makeThumbnails } from "../engine/images/make-thumbnails.ts";
import type { GeneratedImage } from "../engine.ts";
import type { ImageHook } from "../moderation/image-hook.ts";
import type { ContentCredentials } from "../provenance/c2pa/content-credentials.ts";
import { compareText } from "./compare-text.ts";
import type { TextReader } from "./read-text.ts";

/** Room that a file leaves for its signature, where it may have no more than so many bytes. */
export const signatureRoom = 16_384;

interface StoreDependencies {
  readonly objects: Objects;
  /** @default systemClock */
  readonly clock?: Pick<Clock, "now">;
  readonly credentials?: ContentCredentials | undefined;
  readonly textReader?: TextReader | undefined;
  readonly imageHook?: ImageHook | undefined;
  /** Makes the small copies that are stored beside the image. @default there are none */
  readonly thumbnailer?: typeof makeThumbnails | undefined;
  /** Perceptual hash of a file. @default images are not found by their look */
  readonly lookOf?: ((file: Uint8Array) => Promise<PerceptualHash | undefined>) | undefined;
  /** The engine marks drawn images invisibly. @default false */
  readonly marksImages?: boolean | undefined;
}

interface StoredImage {
  readonly image: JobImage;
  readonly warnings: readonly Warning[];
}

/**
 * Signs a drawn image, has its text read where the request names some, and stores it. Keys are deterministic: an
 * attempt that is repeated writes the same bytes to the same keys.
 * @param madeFrom - the image that it was drawn from
 * @throws PipelineError `content_policy`, `moderation_unavailable`, `max_bytes_exceeded`
 */
export async function storeImage(
  { id, params, unstored }: Pick<Job, "id" | "params" | "unstored">,
  {
    index,
    image,
    madeFrom,
  }: { readonly index: number; readonly image: GeneratedImage; readonly madeFrom?: Uint8Array },
  {
    objects,
    clock = systemClock,
    credentials,
    textReader,
    imageHook,
    thumbnailer,
    lookOf,
    marksImages,
  }: StoreDependencies,
  signal: AbortSignal,
): Promise<StoredImage> {
  const { format, width, height, seed } = image;
  const unjudged = await imageHook?.(image, signal);
  // Last of all: a signature holds for the file as it is. What was put together from a photo alone was not generated.
  const signed =
    credentials && !drawsNothing(params)
      ? await credentials.sign({
          bytes: image.bytes,
          format,
          madeFrom,
          image: { job: id, index, model: params.model, at: clock.now() },
        })
      : undefined;
  const bytes = signed?.bytes ?? image.bytes;
  const most = params.finish?.max_bytes ?? Number.POSITIVE_INFINITY;
  if (bytes.byteLength > most) {
    const message = `the signed ${format} file has ${bytes.byteLength} bytes, more than finish.max_bytes ${most}; raise it`;
    throw new PipelineError("max_bytes_exceeded", message, { param: "finish.max_bytes" });
  }
  const { checks, warnings } = await checkText();
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const key = imageKey({ id, unstored }, { index, sha256, format });
  // Nobody sees it in a list.
  const small = thumbnailer === undefined || unstored !== undefined ? [] : storeThumbnails(thumbnailer);
  await objects.put(key, bytes, { contentType: contentTypes[format] });
  const sides = await small;
  const size = { width, height, format, bytes: bytes.byteLength };
  // A part of a photo, with nothing drawn, is not ours to recognise.
  const look = drawsNothing(params) ? undefined : (await lookOf?.(bytes))?.hash;
  const isMarked = marksImages && !drawsNothing(params) ? true : undefined;
  const hasProof = look !== undefined || signed !== undefined || isMarked !== undefined;
  const stored: JobImage = {
    ...{ index, key, ...size, sha256, seed },
    ...(sides.length > 0 && { thumbnails: sides }),
    ...(checks !== undefined && { checks }),
    ...(hasProof && { proof: { look, manifest: signed?.manifest, isMarked } }),
  };
  return { image: stored, warnings: unjudged === undefined ? warnings : [unjudged, ...warnings] };

  /** The image is worth more than its small copies: where they fail, its file is shown in their place. */
  async function storeThumbnails(make: typeof makeThumbnails): Promise<ThumbnailSide[]> {
    try {
      const made = await make(bytes, image);
      const put = ({ side, bytes: file }: (typeof made)[number]) =>
        objects.put(thumbnailKey({ key }, side), file, { contentType: contentTypes.webp });
      await Promise.all(made.map(put));
      return made.map(({ side }) => side);
    } catch {
      return [];
    }
  }

  /** A reader that does not respond costs its numbers, and no image. */
  async function checkText(): Promise<{ readonly checks?: ImageChecks | undefined; readonly warnings: Warning[] }> {
    const { checks } = image;
    const expected = params.checks?.text;
    if (checks === undefined || expected === undefined) return { checks, warnings: [] };
    if (textReader === undefined)
      return {
        checks,
        warnings: [makeWarning("text_not_read", { why: "no text reader is configured" }, "checks.text")],
      };
    try {
      const { distances, elsewhere } = compareText(await textReader(bytes, expected, signal), expected);
      return { checks: { ...checks, textDistances: distances, textElsewhere: elsewhere }, warnings: [] };
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error;
      return { checks, warnings: [makeWarning("text_not_read", { why: error.message }, "checks.text")] };
    }
  }
}
