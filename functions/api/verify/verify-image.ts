import { createHash } from "node:crypto";
import type { ImageFormat } from "../../../shared/job.ts";
import type { Credentials, SignedImage } from "../../../shared/provenance/credentials.ts";
import { findImage } from "../../../shared/provenance/image-index.ts";
import { findLookalike } from "../../../shared/provenance/look-index.ts";
import type { RouteDependencies } from "../dependencies.ts";
import { isoTime } from "../http/iso-time.ts";
import type { Verification } from "./verify-responses.ts";

type VerifyDependencies = Pick<RouteDependencies, "items" | "jobs" | "readCredentials" | "lookOf">;

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
 * A file: first by its bytes, which are known when they are what was delivered; then by its signature, which holds for
 * our manifest whatever became of the pixels; last by its look.
 */
export async function verifyFile(
  { bytes, format }: { readonly bytes: Uint8Array; readonly format: ImageFormat },
  accountId: string,
  dependencies: VerifyDependencies,
): Promise<Verification> {
  const { items, jobs, readCredentials, lookOf } = dependencies;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const byBytes = await verifyDigest(sha256, accountId, dependencies);
  const read = readCredentials && (await readCredentials(bytes, format));
  const credentials = presentCredentials(read, readCredentials !== undefined);
  if (byBytes.made_here) return { ...byBytes, credentials };
  if (!read?.signedHere) {
    const look = await lookOf?.(bytes);
    const alike = look && (await findLookalike(items, look, accountId));
    if (alike === undefined) return { ...byBytes, credentials };
    const { image, distance } = alike;
    return {
      ...byBytes,
      made_here: true,
      match: "look",
      differing_bits: distance,
      unchanged: false,
      credentials,
      image: image.accountId === accountId ? presentImage({ ...image, job: image.jobId }) : null,
    };
  }
  const owner = read.image && (await jobs.get(read.image.job))?.accountId;
  return {
    ...byBytes,
    made_here: true,
    match: "signature",
    unchanged: read.state === "intact",
    credentials,
    image: read.image && owner === accountId ? presentImage(read.image) : null,
  };
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

function presentImage({ job, index, model, at }: SignedImage): NonNullable<Verification["image"]> {
  return { job, index, model, created_at: isoTime(at) };
}
