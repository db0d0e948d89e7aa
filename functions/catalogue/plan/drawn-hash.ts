import { createHash } from "node:crypto";
import type { Shot } from "./shots.ts";

/** All that decides how an image looks. Not in it: where the product stood in the file, names, prices, checks. */
export interface DrawnFrom {
  readonly model: string;
  /** Revision of the model's weights and its adapters, as far as it is known. */
  readonly revision: string;
  readonly shot: Shot;
  readonly prompt: string;
  readonly negative: string;
  readonly seed: number;
  /** SHA-256 of the photo's bytes. */
  readonly photo?: string;
}

/** Digests of the parts of an image's origin, so that it can be said what has changed. */
export interface DrawnHash {
  /** Hash of everything. */
  readonly all: string;
  readonly prompt: string;
  readonly photo: string;
}

/** Raised when the same request would give another image. */
const version = 1;

export function drawnHash({ model, revision, shot, prompt, negative, seed, photo = "" }: DrawnFrom): DrawnHash {
  const { method, width, height, steps, guidance, strength, n, format, quality, product, crop, finish } = shot;
  const words = [prompt, negative];
  const settings = [version, model, revision, method, width, height, n, steps, guidance, strength];
  // Only where there are any, so that what was drawn without them is still the same.
  const keeping = [product?.background, product?.fill, product?.anchor, finish?.pure_white, finish?.max_bytes];
  const part = [crop?.x, crop?.y, crop?.width, crop?.height];
  const kept = product || crop || finish ? [[...keeping, ...part]] : [];
  return {
    all: digest([...settings, format, quality, seed, words, photo, ...kept]),
    prompt: digest(words).slice(0, 16),
    photo: photo.slice(0, 16),
  };
}

/** What a photo and its mask are known by: another mask is another photo. */
export function photoHash(
  photo: { readonly sha256: string } | undefined,
  mask: { readonly sha256: string } | undefined,
): string | undefined {
  return mask === undefined ? photo?.sha256 : digest([photo?.sha256, mask.sha256]);
}

/** `undefined` and `null` are the same; every value has its own place. */
function digest(values: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(values)).digest("hex");
}

export type SeedPolicy =
  | { readonly kind: "per_sku" }
  | { readonly kind: "fixed"; readonly seed: number }
  | { readonly kind: "column"; readonly column: string };

/** The seed of an image that is drawn for the `version`th time: the same in every run under the same key. */
export function skuSeed(runKey: string, sku: string, shot: string, version: number): number {
  const digest = createHash("sha256")
    .update(JSON.stringify([runKey, sku, shot, version]))
    .digest();
  return digest.readUInt32BE(0);
}
