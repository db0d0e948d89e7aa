import { client } from "../../../server/client.ts";
import type { InputImage } from "../draft.ts";
import type { ShrunkImage } from "./shrink-image.ts";
import { shrinkInWorker } from "./shrink-in-worker.ts";

/** Longest side that is sent: photos are larger than a request may be, and than a model draws. */
const longestSide = 2_048;
const maxBytes = 50_000_000;

/** An image that this page cannot use; `code` chooses the sentence. */
export class UnusableImage extends Error {
  readonly code: "unreadable" | "heic" | "large";

  constructor(code: UnusableImage["code"]) {
    super(code);
    this.code = code;
  }
}

const shown = new Map<string, string>();

/** A link for `<img>` of an uploaded image: the file at hand, or after a reload the server's copy. */
export async function inputPreview(id: string): Promise<string> {
  const known = shown.get(id) ?? (/^https?:/.test(id) ? id : undefined);
  if (known !== undefined) return known;
  const image = id.startsWith("img_") ? await ownImage(id) : await client.peek().files.content(id);
  const url = URL.createObjectURL(image);
  shown.set(id, url);
  return url;
}

/** @throws ApiError where the image is gone */
async function ownImage(id: string): Promise<Blob> {
  const { url } = await client.peek().images.get(id);
  const response = await fetch(url);
  return response.blob();
}

/**
 * Uploads an image, upright and shrunk to 2048 pixels a side.
 * @throws UnusableImage for a file that the browser cannot read; errors of the upload
 */
export async function takeImage(file: File): Promise<InputImage & { readonly wasShrunk: boolean }> {
  if (file.size > maxBytes) throw new UnusableImage("large");
  const { blob, width, height, wasShrunk } = await shrink(file);
  const uploaded = await client.peek().files.upload(blob, { filename: file.name });
  shown.set(uploaded.id, URL.createObjectURL(blob));
  return { id: uploaded.id, name: file.name, width, height, wasShrunk };
}

async function shrink(file: File): Promise<ShrunkImage> {
  try {
    return await shrinkInWorker(file, longestSide);
  } catch {
    throw new UnusableImage(/heic|heif/i.test(file.type || file.name) ? "heic" : "unreadable");
  }
}
