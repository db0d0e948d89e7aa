import { createHash } from "node:crypto";
import { InvalidInputError, PipelineError } from "../../../shared/errors.ts";
import { maxInputPixels, maxUploadBytes } from "../../../shared/limits.ts";
import { guardedFetch } from "../../../shared/net/guarded-fetch.ts";
import type { Objects } from "../../../shared/ports/objects.ts";
import { assertMaskFits, hasNoAlpha, type MaskMode, marksNothing } from "../../../shared/request/mask-rules.ts";
import { type PictureHeader, pictureHeader } from "../../../shared/request/picture-header.ts";
import { pngMaskContent } from "../../../shared/request/png-mask.ts";

/** How a request names a picture: a data URL, an https address, or the id of an uploaded file. */
export type PictureReference = string;

export interface InputPictureDependencies {
  readonly objects: Objects;
  readonly localMode: boolean;
  /** @default `guardedFetch` */
  readonly fetchPicture?: typeof guardedFetch;
}

const dataUrl = /^data:([\w./+-]*)?;base64,/i;
const fileId = /^(file-|rf_)[0-9A-Z]{26}$/;

export interface InputPicture extends PictureHeader {
  readonly bytes: Uint8Array;
}

/**
 * A request's picture. Its header is read here, so that what is no picture, or one too large to decode, is refused before a job exists.
 * @param param - the request field, for messages
 * @throws InvalidInputError `invalid_picture`, or what `guardedFetch` says of the address
 */
export async function readInputPicture(
  reference: PictureReference,
  param: string,
  accountId: string,
  dependencies: InputPictureDependencies,
): Promise<InputPicture> {
  const bytes = await bytesOf(reference, param, accountId, dependencies);
  const header = pictureHeader(bytes);
  if (!header)
    throw invalid(param, `must be a PNG, JPEG, WebP or AVIF picture, got ${bytes.length} bytes of something else`);
  const { width, height } = header;
  if (width * height > maxInputPixels) {
    throw invalid(param, `must have at most ${maxInputPixels} pixels, got ${width}×${height}; send a smaller picture`);
  }
  return { ...header, bytes };
}

/** Put it where the worker will look for it, named by content. @returns the object's key */
export async function storeInputPicture(
  { bytes, format }: InputPicture,
  accountId: string,
  { objects }: Pick<InputPictureDependencies, "objects">,
): Promise<string> {
  const digest = createHash("sha256").update(bytes).digest("hex");
  const key = `in/${accountId}/picture-${digest}.${format}`;
  // Stored again although it may be there: its age decides when it is deleted, and this job needs it from now on.
  await objects.put(key, bytes, { contentType: `image/${format}` });
  return key;
}

/** Whether reading it takes a request to somebody else's server. */
export function isElsewhere(reference: PictureReference): boolean {
  return /^https?:/i.test(reference);
}

/**
 * What can be wrong with a mask, before money is held for it: other proportions than its image's, or nothing in it to draw. Whether another file than a PNG marks
 * anything, the worker tells when it decodes it.
 * @throws InvalidInputError `invalid_picture`
 */
export async function checkMask(mask: InputPicture, image: PictureHeader, mode: MaskMode): Promise<void> {
  assertMaskFits(mask, image);
  if (mode === "transparent" && mask.format === "jpeg") throw hasNoAlpha("mask");
  if (mask.format !== "png") return;
  const content = await pngMaskContent(mask.bytes, mode).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw invalid("mask", `cannot be read as a PNG: ${reason}`);
  });
  if (content === "has no alpha") throw hasNoAlpha("mask");
  if (content === "marks nothing") throw marksNothing(mode, "mask");
}

async function bytesOf(
  reference: PictureReference,
  param: string,
  accountId: string,
  { objects, localMode, fetchPicture = guardedFetch }: InputPictureDependencies,
): Promise<Uint8Array> {
  const [prefix] = dataUrl.exec(reference) ?? [];
  if (prefix !== undefined) return Buffer.from(reference.slice(prefix.length), "base64");
  if (fileId.test(reference)) {
    const stored = await objects.get(`in/${accountId}/${reference}`);
    if (!stored) throw invalid(param, `names the file ${reference}, which is not there; upload it first`);
    return stored.body;
  }
  if (!isElsewhere(reference)) {
    const shown = reference.length <= 60 ? reference : `${reference.slice(0, 57)}...`;
    throw invalid(
      param,
      `must be a data: URL in base64, an https URL or the id of an uploaded file, got ${JSON.stringify(shown)}`,
    );
  }
  const { status, body, truncated } = await fetchPicture(reference, {
    method: "GET",
    headers: { accept: "image/avif,image/webp,image/png,image/jpeg" },
    allowLoopback: localMode,
    param,
    maxResponseBytes: maxUploadBytes,
  }).catch((cause: unknown) => {
    // Refusals name the field already; what the network did is the address's fault, so of the request.
    if (!(cause instanceof PipelineError) || cause instanceof InvalidInputError) throw cause;
    throw invalid(param, `could not be fetched: ${cause.message}`);
  });
  if (status >= 300 && status < 400)
    throw invalid(param, `answers with a redirect (${status}); give the address it leads to`);
  if (status !== 200) throw invalid(param, `answers with status ${status}, expected 200`);
  if (truncated) throw invalid(param, `is larger than ${maxUploadBytes} bytes; send a smaller picture`);
  return body;
}

function invalid(param: string, message: string): InvalidInputError {
  return new InvalidInputError("invalid_picture", `${param} ${message}`, { param });
}
