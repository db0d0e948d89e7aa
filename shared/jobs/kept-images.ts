import type { ImageParams, Job, JobImage } from "../job.ts";
import type { Json } from "../ports/items.ts";
import { seedOfImage } from "../request/seed.ts";

/*
 * How the images of a job lie in its record. Most of what an image is follows from its job: what it says itself is its
 * digest and its length. A write costs by the kilobyte, and with whole images the record of a job that ended has
 * more than one.
 */

/** @see keepImages */
export type KeptImage = readonly [sha256: string, bytes: number, others?: { readonly [name: string]: Json }];

interface OwnJob {
  readonly id: string;
  readonly unstored?: Job["unstored"];
  readonly params: Pick<ImageParams, "width" | "height" | "format" | "seed">;
}

/** Where a worker stores an image; a retry writes the same bytes to the same key. */
export function imageKey(
  { id, unstored }: Pick<Job, "id" | "unstored">,
  { index, sha256, format }: Pick<JobImage, "index" | "sha256" | "format">,
): string {
  return `o/${id}/${unstored === undefined ? "" : once}${index}-${sha256}.${format}`;
}

/** In the key of an image that is deleted once it was fetched, so that a link says it without a look at its job. */
const once = "once-";

/** The image of a key that is deleted once it was fetched; `undefined` for any other key. */
export function onceOnlyImage(key: string): { readonly jobId: string; readonly index: number } | undefined {
  const [, jobId, index] = /^o\/(job_\w+)\/once-(\d+)-[^/]*$/.exec(key) ?? [];
  return jobId === undefined ? undefined : { jobId, index: Number(index) };
}

const digestForm = /^[0-9a-f]{64}$/;

export function keepImages(images: readonly JobImage[], job: OwnJob): (KeptImage | JobImage)[] {
  return images.map((image, position) => {
    if (!digestForm.test(image.sha256)) return image;
    const { sha256, bytes, proof: _, ...others } = image;
    const expected = expectedOf(job, position, sha256);
    const own = Object.entries(others).filter(
      ([name, value]) => value !== undefined && value !== expected[name as keyof typeof expected],
    ) as [string, Json][];
    const digest = Buffer.from(sha256, "hex").toString("base64url");
    return own.length === 0 ? [digest, bytes] : [digest, bytes, Object.fromEntries(own)];
  });
}

/** @param kept - as `keepImages` made it, or whole images, as earlier versions wrote them */
export function readKeptImages(kept: readonly (KeptImage | JobImage)[], job: OwnJob): JobImage[] {
  return kept.map((one, position) => {
    if (!isKept(one)) return one;
    const [digest, bytes, others] = one;
    const sha256 = Buffer.from(digest, "base64url").toString("hex");
    return { sha256, bytes, ...expectedOf(job, position, sha256), ...others };
  });
}

function isKept(image: KeptImage | JobImage): image is KeptImage {
  return Array.isArray(image);
}

function expectedOf(job: OwnJob, index: number, sha256: string) {
  const { width, height, format, seed: first } = job.params;
  const seed = seedOfImage(first, index);
  return { index, width, height, format, seed, key: imageKey(job, { index, sha256, format }) };
}
