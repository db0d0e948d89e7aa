import type { ImageFormat } from "../job.ts";

/** What the content credentials (C2PA manifest) of a file say, and whether they can be believed. */
export interface Credentials {
  /** Label of the manifest, `urn:c2pa:…`. */
  readonly manifest: string;
  /**
   * `intact`: the signature holds and the file is as it was signed. `changed`: the signature holds, the file was
   * changed since. `invalid`: the signature itself does not hold.
   */
  readonly state: "intact" | "changed" | "invalid";
  /** Signed by the certificate of this deployment. */
  readonly signedHere: boolean;
  /** Name and version of the program that signed. */
  readonly generator?: string;
  /** The image that a signature of ours is for. @default it does not say, or is not ours */
  readonly image?: SignedImage;
}

/** Label of our own assertion in a manifest: the image of which job this is. */
export const imageAssertion = "z-image-pipeline.image";

/** What a signature of ours says of an image. */
export interface SignedImage {
  readonly job: string;
  readonly index: number;
  readonly model: string;
  /** When it was signed; milliseconds since the epoch. */
  readonly at: number;
}

/** Reads the credentials of a file, without asking anybody over the network. @returns `undefined` where it has none */
export type ReadCredentials = (file: Uint8Array, format: ImageFormat) => Promise<Credentials | undefined>;
