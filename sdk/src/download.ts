import type { JobImage } from "./api.ts";
import { ApiError, DownloadError } from "./errors.ts";
import type { RequestOptions, Transport } from "./http/transport.ts";

export interface DownloadedImage {
  readonly image: JobImage;
  /** The file, checked against `image.sha256` wherever `crypto.subtle` is there: not in a page over plain http. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Longer than for other calls: images are larger than JSON responses. */
const defaultTimeoutMs = 300_000;

/**
 * One image.
 * @param renew - the image with a fresh link, for when this one's has expired
 * @throws DownloadError when what arrives is not what the API stored
 */
export async function downloadImageFile(
  transport: Transport,
  image: JobImage,
  renew: () => Promise<JobImage>,
  options: RequestOptions = {},
): Promise<DownloadedImage> {
  let current = image;
  const bytes = await fetchBytes(transport, current.url, options).catch(async (error: unknown) => {
    // 410 by the API, 403 by the stores behind it.
    if (!(error instanceof ApiError) || (error.status !== 410 && error.status !== 403)) throw error;
    current = await renew();
    return fetchBytes(transport, current.url, options);
  });
  await assertDigest(bytes, current);
  return { image: current, bytes };
}

/** The bytes behind a link that needs no key. */
export function fetchBytes(
  transport: Transport,
  url: string,
  options: RequestOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  return transport.send(
    { method: "GET", url, repeatable: "always", open: true },
    async (response) => new Uint8Array(await response.arrayBuffer()),
    { timeoutMs: defaultTimeoutMs, ...options },
  );
}

async function assertDigest(bytes: Uint8Array<ArrayBuffer>, { id, sha256 }: JobImage): Promise<void> {
  // Browsers give no digest to pages over plain http, on a phone in the same house for example.
  if (crypto.subtle === undefined) return;
  const actual = await sha256Hex(bytes);
  if (actual !== sha256) {
    throw new DownloadError(
      `image ${id} arrived damaged: ${bytes.length} bytes of SHA-256 ${actual}, expected ${sha256}; download it again`,
    );
  }
}

export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
