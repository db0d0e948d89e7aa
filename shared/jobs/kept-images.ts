import type { ImageParams, JobImage } from "../job.ts";
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
  readonly params: Pick<ImageParams, "width" | "height" | "format" | "seed">;
}

/** Where a worker stores an image; a retry writes the same bytes to the same key. */
export function imageKey(jobId: string, { index, sha256, format }: Pick<JobImage, "index" | "sha256" | "format">) {
  return `o/${jobId}/${index}-${sha256}.${format}`;
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

function expectedOf({ id, params }: OwnJob, index: number, sha256: string) {
  const { width, height, format } = params;
  const seed = seedOfImage(params.seed, index);
  return { index, width, height, format, seed, key: imageKey(id, { index, sha256, format }) };
}
