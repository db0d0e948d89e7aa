import { crc32 } from "node:zlib";
import { thumbnailKey } from "../../../shared/images/thumbnails.ts";
import { contentTypes, type Job } from "../../../shared/job.ts";
import type { Objects } from "../../../shared/ports/objects.ts";
import { drawsNothing } from "../../../shared/request/product-rules.ts";
import type { InputRow } from "../../runs/rows/row-chunks.ts";
import type { KeptImage, Run, RunRow } from "../../runs/run.ts";
import type { KeepDependencies, Kept } from "../../runs/run-face.ts";
import { keptKey, keptThumbnailSide, rememberWrite } from "./image-memory.ts";
import type { TaskRequest } from "./task.ts";

/** The property by which IPTC's vocabulary says that an image was generated, in the XMP of a file. */
const sourceType = "DigitalSourceType";

/**
 * Copies the images of a task to where they outlive their job, and remembers what they were drawn from. Again for the
 * same job is the same copy.
 */
export async function keepImages(
  run: Run,
  { row, input, job }: { readonly row: RunRow; readonly input: InputRow; readonly job: Job },
  { objects, clock }: KeepDependencies,
): Promise<Kept> {
  const owner = { accountId: run.identity.accountId, runKey: run.catalogue!.order.runKey };
  const { hash, version, overrides } = input.body as unknown as TaskRequest;
  const kept: KeptImage[] = [];
  const warnings = [...new Set(job.warnings?.map(({ code }) => code))];
  for (const image of job.images) {
    const { key, sha256, bytes, width, height, format, seed, checks } = image;
    const stored = await objects.get(key);
    if (stored === undefined) throw new Error(`an image of ${job.id} is gone: ${key}`);
    const copy = keptKey(owner, sha256, format);
    await objects.put(copy, stored.body, { contentType: contentTypes[format] });
    const file = Buffer.from(stored.body.buffer, stored.body.byteOffset, stored.body.length);
    // A photo of which nothing was drawn has nothing to say.
    const isLabelled = drawsNothing(job.params) || file.includes(sourceType);
    const hasThumbnail = await keepThumbnail(image, copy, objects);
    kept.push({
      key: copy,
      sha256,
      crc32: crc32(stored.body),
      bytes,
      width,
      height,
      format,
      seed,
      isLabelled,
      ...(checks && { checks }),
      ...(warnings.length > 0 && { warnings }),
      ...(hasThumbnail && { hasThumbnail }),
    });
  }
  const remembered = {
    key: input.key,
    hash,
    jobId: job.id,
    version,
    images: kept,
    drawnAt: clock.now(),
    overrides,
  };
  return { row: { ...row, kept, charged: job.charged ?? 0 }, writes: [rememberWrite(owner, remembered)] };
}

/** Contact sheets show it. @returns whether there is one */
async function keepThumbnail(image: Job["images"][number], copy: string, objects: Objects): Promise<boolean> {
  if (!image.thumbnails?.includes(keptThumbnailSide)) return false;
  const small = await objects.get(thumbnailKey(image, keptThumbnailSide));
  if (small === undefined) return false;
  await objects.put(thumbnailKey({ key: copy }, keptThumbnailSide), small.body, { contentType: small.contentType });
  return true;
}
