import { createHash } from "node:crypto";
import { InvalidInputError, LimitError, PipelineError } from "../../../shared/errors.ts";
import { imageDefect } from "../../../shared/image-files/image-defect.ts";
import { type ImageHeader, readImageHeader } from "../../../shared/image-files/image-header.ts";
import { assertMaskFits, hasNoAlpha, type MaskMode, marksNothing } from "../../../shared/image-files/mask-rules.ts";
import { type MaskContent, pngMaskContent } from "../../../shared/image-files/png-mask.ts";
import { placeOfImage } from "../../../shared/images/image-id.ts";
import type { ImageParams, Job } from "../../../shared/job.ts";
import type { JobStore } from "../../../shared/jobs/job-store.ts";
import { maxInputPixels, maxUploadBytes } from "../../../shared/limits.ts";
import { guardedFetch } from "../../../shared/net/guarded-fetch.ts";
import type { RequestBudget } from "../../../shared/net/request-budget.ts";
import type { Objects } from "../../../shared/ports/objects.ts";
import type { MemoryReservation } from "../../../shared/process/memory-budget.ts";
import type { InputImages } from "../../../shared/request/parse-image-request.ts";
import { inputsPrefix } from "../../../shared/unstored/forgotten-job.ts";

/**
 * How a request names an image: a data URL, an https address, the id of an uploaded file, or that of an image that was
 * drawn here.
 */
export type ImageReference = string;

export interface InputImageDependencies {
  readonly objects: Objects;
  readonly localMode: boolean;
  readonly budget: RequestBudget;
  /** @default `guardedFetch` */
  readonly fetchImage?: typeof guardedFetch;
  /** What a mask in another format than PNG marks. @default the worker refuses one that marks nothing */
  readonly maskContentOf?: MaskContentOf;
}

/** @returns `undefined` where it cannot be told */
export type MaskContentOf = (file: Uint8Array, mode: MaskMode) => Promise<MaskContent | undefined>;

export interface ReadImageDependencies extends InputImageDependencies {
  /** Where images that were drawn here are found. */
  readonly jobs: Pick<JobStore, "get">;
  /** Judges an image that is to be drawn from. @throws InvalidInputError `content_policy` @default nobody does */
  readonly judgeInput?: (image: InputImage, param: string) => Promise<void>;
}

const dataUrl = /^data:([\w./+-]*)?;base64,/i;
const fileId = /^(file-|rf_)[0-9A-Z]{26}$/;

export interface InputImage extends ImageHeader {
  /** Empty once it is stored. */
  bytes: Uint8Array;
}

/** The account whose images are read, and the budget that counts them while they are held. */
export interface ImageReader {
  readonly accountId: string;
  readonly room: MemoryReservation;
}

/**
 * An image of a request. Its header is read here, so that a file that is no image, that is not whole, or too large to
 * decode, is refused before a job exists.
 * @param param - the request field, for messages
 * @throws InvalidInputError `invalid_image`, `image_url_invalid`, `image_url_forbidden`
 * @throws LimitError `too_many_fetches`, `service_busy`
 */
export async function readInputImage(
  reference: ImageReference,
  param: string,
  reader: ImageReader,
  dependencies: ReadImageDependencies,
): Promise<InputImage> {
  const image = await readImageFile(reference, param, reader, dependencies);
  const defect = imageDefect(image.bytes, image.format);
  if (defect !== undefined) throw invalid(param, `${defect}; send the whole file`);
  return image;
}

/** The same of a file that nobody draws from, and that may be damaged. @throws as `readInputImage` */
export async function readImageFile(
  reference: ImageReference,
  param: string,
  reader: ImageReader,
  dependencies: ReadImageDependencies,
): Promise<InputImage> {
  const bytes = await bytesOf(reference, param, reader, dependencies);
  const header = readImageHeader(bytes);
  if (!header)
    throw invalid(param, `must be a PNG, JPEG, WebP or AVIF image, got ${bytes.length} bytes of something else`);
  const { width, height } = header;
  if (width * height > maxInputPixels) {
    throw invalid(param, `must have at most ${maxInputPixels} pixels, got ${width}×${height}; send a smaller image`);
  }
  return { ...header, bytes };
}

/** Where the files of a request lie: those of an account together, so that equal ones are stored once. */
export function inputsOf(job: Pick<Job, "id" | "accountId" | "unstored">): string {
  return job.unstored === undefined ? `in/${job.accountId}/` : inputsPrefix(job);
}

/** Stores an image where the worker looks for it, named by content. @returns the object's key */
async function storeInputImage(
  image: InputImage,
  job: Pick<Job, "id" | "accountId" | "unstored">,
  { room }: ImageReader,
  { objects }: Pick<InputImageDependencies, "objects">,
): Promise<string> {
  const { bytes, format } = image;
  const digest = createHash("sha256").update(bytes).digest("hex");
  const key = `${inputsOf(job)}image-${digest}.${format}`;
  // Stored again although it may be there: its age decides when it is deleted, and this job needs it from now on.
  await objects.put(key, bytes, { contentType: `image/${format}` });
  // The request may go on for long, and its caller still has this object: its bytes are let go here.
  image.bytes = new Uint8Array(0);
  room.shrink(bytes.length);
  return key;
}

/**
 * Reads and stores all images of a request, one after another: what is wrong with the first is known before the second
 * is fetched, and they are not all held in memory at once.
 *
 * @param images - `image` has been read, and `control` where the size follows it
 * @returns their keys, as the job's parameters have them
 */
export async function storeInputImages(
  {
    image,
    mask: maskReference,
    references = [],
    controlImage,
    control,
  }: Omit<InputImages, "image"> & {
    readonly image: InputImage | undefined;
    readonly control?: InputImage | undefined;
  },
  job: Pick<Job, "id" | "accountId" | "unstored" | "params">,
  reader: ImageReader,
  dependencies: ReadImageDependencies,
): Promise<Pick<ImageParams, "imageKey" | "maskKey" | "referenceKeys" | "controlNet">> {
  const read = (reference: string, param: string) => readInputImage(reference, param, reader, dependencies);
  const { controlNet, maskMode = "white" } = job.params;
  const store = (input: InputImage) => storeInputImage(input, job, reader, dependencies);
  const storeJudged = async (input: InputImage, param: string) => {
    await dependencies.judgeInput?.(input, param);
    return store(input);
  };
  const imageKey = image && (await storeJudged(image, "image"));
  const mask = maskReference === undefined ? undefined : await read(maskReference, "mask");
  if (image && mask) await checkMask(mask, image, maskMode, dependencies.maskContentOf);
  const maskKey = mask && (await store(mask));
  const referenceKeys: string[] = [];
  for (const [index, reference] of references.entries()) {
    const param = `references.${index}`;
    referenceKeys.push(await storeJudged(await read(reference, param), param));
  }
  const controlRead =
    control ?? (controlImage === undefined ? undefined : await read(controlImage, "controlnet.image"));
  const controlKey = controlRead && (await storeJudged(controlRead, "controlnet.image"));
  return {
    imageKey,
    maskKey,
    referenceKeys: referenceKeys.length > 0 ? referenceKeys : undefined,
    controlNet: controlNet && controlKey !== undefined ? { ...controlNet, imageKey: controlKey } : undefined,
  };
}

/** Whether reading it takes a request to another server. */
export function isElsewhere(reference: ImageReference): boolean {
  return /^https?:/i.test(reference);
}

/**
 * What can be wrong with a mask, before money is held for it: other proportions than its image's, or nothing in it to
 * draw. Where nobody decodes other formats than PNG, the worker tells what it marks.
 * @throws InvalidInputError `invalid_image`
 */
export async function checkMask(
  mask: InputImage,
  image: ImageHeader,
  mode: MaskMode,
  maskContentOf?: MaskContentOf,
): Promise<void> {
  assertMaskFits(mask, image);
  if (mode === "transparent" && mask.format === "jpeg") throw hasNoAlpha("mask");
  const content =
    mask.format === "png"
      ? await pngMaskContent(mask.bytes, mode).catch((cause: unknown) => {
          const reason = cause instanceof Error ? cause.message : String(cause);
          throw invalid("mask", `cannot be read as a PNG: ${reason}`);
        })
      : await maskContentOf?.(mask.bytes, mode);
  if (content === "has no alpha") throw hasNoAlpha("mask");
  if (content === "marks nothing") throw marksNothing(mode, "mask");
}

async function bytesOf(
  reference: ImageReference,
  param: string,
  { accountId, room }: ImageReader,
  { objects, jobs, localMode, budget, fetchImage = guardedFetch }: ReadImageDependencies,
): Promise<Uint8Array> {
  const [prefix] = dataUrl.exec(reference) ?? [];
  if (prefix !== undefined) {
    await room.grow(Math.ceil((3 * reference.length) / 4));
    return Buffer.from(reference.slice(prefix.length), "base64");
  }
  const drawn = placeOfImage(reference);
  if (drawn !== undefined || fileId.test(reference)) {
    const key = drawn === undefined ? `in/${accountId}/${reference}` : await keyOfDrawn(drawn, accountId, jobs);
    // The most that a file of one object has.
    await room.grow(maxUploadBytes);
    const stored = key === undefined ? undefined : await objects.get(key);
    room.shrink(maxUploadBytes - (stored?.body.length ?? 0));
    if (stored !== undefined) return stored.body;
    throw drawn === undefined
      ? invalid(param, `names the file ${reference}, which is not there; upload it first`)
      : invalid(param, `names the image ${reference}, which is not there: it has expired or was deleted`);
  }
  if (!isElsewhere(reference)) {
    const shown = reference.length <= 60 ? reference : `${reference.slice(0, 57)}...`;
    throw invalid(
      param,
      `must be a data: URL in base64, an https URL or the id of an uploaded file or of an image of yours, got ${JSON.stringify(shown)}`,
    );
  }
  const fetch = () =>
    fetchImage(reference, {
      method: "GET",
      headers: { accept: "image/avif,image/webp,image/png,image/jpeg" },
      allowLoopback: localMode,
      param,
      subject: "image",
      maxResponseBytes: maxUploadBytes,
      reserve: (bytes) => room.grow(bytes),
    });
  const { status, body, truncated } = await budget.fetches
    .run({ accountId, url: reference }, fetch)
    .catch((cause: unknown) => {
      // Refusals name the field already; a network failure is a fault of the address, and so of the request.
      if (!(cause instanceof PipelineError) || cause instanceof InvalidInputError || cause instanceof LimitError) {
        throw cause;
      }
      throw invalid(param, `could not be fetched: ${cause.message}`);
    });
  if (status >= 300 && status < 400)
    throw invalid(param, `responds with a redirect (${status}); give the address it leads to`);
  if (status !== 200) throw invalid(param, `responds with status ${status}, expected 200`);
  if (truncated) throw invalid(param, `is larger than ${maxUploadBytes} bytes; send a smaller image`);
  return body;
}

async function keyOfDrawn(
  { jobId, index }: { readonly jobId: string; readonly index: number },
  accountId: string,
  jobs: Pick<JobStore, "get">,
): Promise<string | undefined> {
  const job = await jobs.get(jobId);
  if (job?.accountId !== accountId) return undefined;
  return job.images.find((image) => image.index === index)?.key;
}

function invalid(param: string, message: string): InvalidInputError {
  return new InvalidInputError("invalid_image", `${param} ${message}`, { param });
}
