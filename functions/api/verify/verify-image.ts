import { createHash } from "node:crypto";
import type { ImageFormat } from "../../../shared/job.ts";
import type { Credentials, SignedImage } from "../../../shared/provenance/credentials.ts";
import { findImage, type IndexedImage } from "../../../shared/provenance/image-index.ts";
import { findLookalike } from "../../../shared/provenance/look-index.ts";
import { findMarkedJobs } from "../../../shared/provenance/watermark-index.ts";
import type { RouteDependencies } from "../dependencies.ts";
import { isoTime } from "../http/iso-time.ts";
import type { Verification } from "./verify-responses.ts";

type VerifyDependencies = Pick<RouteDependencies, "items" | "jobs" | "readCredentials" | "lookOf" | "markOf">;

/** By the digest of its bytes alone. @param accountId - who asks, and is told of images of their own */
export async function verifyDigest(
  sha256: string,
  accountId: string,
  { items }: Pick<VerifyDependencies, "items">,
): Promise<Verification> {
  const found = await findImage(items, sha256, accountId);
  const isOwn = found?.accountId === accountId;
  return {
    object: "verification",
    made_here: found !== undefined,
    match: found === undefined ? null : "bytes",
    differing_bits: null,
    unchanged: found === undefined ? null : true,
    sha256: sha256.toLowerCase(),
    credentials: { state: "not_read", signed_here: false, manifest: null, generator: null },
    image: found && isOwn ? presentImage({ ...found, job: found.jobId }) : null,
  };
}

/**
 * A file: first by its bytes, which are known when they are what was delivered; then by its signature, as long as the
 * file is what was signed, or still shows it; then by its look; last by the mark in its pixels.
 */
export async function verifyFile(
  { bytes, format }: { readonly bytes: Uint8Array; readonly format: ImageFormat },
  accountId: string,
  dependencies: VerifyDependencies,
): Promise<Verification> {
  const { items, readCredentials, lookOf, markOf } = dependencies;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const byBytes = await verifyDigest(sha256, accountId, dependencies);
  const read = readCredentials && (await readCredentials(bytes, format));
  const unknown = { ...byBytes, credentials: presentCredentials(read, readCredentials !== undefined) };
  if (byBytes.made_here) return unknown;
  const signed = read?.signedHere === true ? read : undefined;
  if (signed?.state === "intact") return bySignature(signed);

  const look = await lookOf?.(bytes);
  const alike = look && (await findLookalike(items, look, { accountId, jobId: signed?.image?.job }));
  // A manifest can be put into any other picture: one that has a look must still look like what was signed.
  if (signed !== undefined && (look === undefined || isOf(signed, alike?.image))) return bySignature(signed);
  if (alike !== undefined) return byLook(alike);
  const mark = await markOf?.(bytes);
  return mark === undefined ? unknown : byMark(mark);

  async function bySignature({ state, image }: Credentials): Promise<Verification> {
    const owner = image && (await dependencies.jobs.get(image.job))?.accountId;
    const shown = image && owner === accountId ? presentImage(image) : null;
    return { ...unknown, made_here: true, match: "signature", unchanged: state === "intact", image: shown };
  }

  function byLook({ image, distance }: NonNullable<typeof alike>): Verification {
    const shown = image.accountId === accountId ? presentImage({ ...image, job: image.jobId }) : null;
    return { ...unknown, made_here: true, match: "look", differing_bits: distance, unchanged: false, image: shown };
  }

  async function byMark(digest: number): Promise<Verification> {
    const [job, another] = await findMarkedJobs(items, digest);
    // A mark of a job that is not known here was put in by somebody else, or read where there is none.
    if (job === undefined) return unknown;
    const isTold = another === undefined && job.accountId === accountId;
    const index = job.images === 1 ? 0 : null;
    const shown = isTold ? presentImage({ ...job, job: job.jobId, index }) : null;
    return { ...unknown, made_here: true, match: "watermark", unchanged: false, image: shown };
  }
}

function isOf({ image }: Credentials, found: IndexedImage | undefined): boolean {
  return image !== undefined && found?.jobId === image.job;
}

function presentCredentials(read: Credentials | undefined, isReading: boolean): Verification["credentials"] {
  const none = isReading ? "none" : "not_read";
  return {
    state: read?.state ?? none,
    signed_here: read?.signedHere ?? false,
    manifest: read?.manifest ?? null,
    generator: read?.generator ?? null,
  };
}

function presentImage({
  job,
  index,
  model,
  at,
}: Omit<SignedImage, "index"> & { readonly index: number | null }): NonNullable<Verification["image"]> {
  return { job, index, model, created_at: isoTime(at) };
}
