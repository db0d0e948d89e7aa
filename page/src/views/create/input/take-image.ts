import { client } from "../../../server/client.ts";
import type { InputImage } from "../draft.ts";

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

async function shrink(file: File) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => {
    throw new UnusableImage(/heic|heif/i.test(file.type || file.name) ? "heic" : "unreadable");
  });
  const scale = Math.min(1, longestSide / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [Math.round(bitmap.width * scale), Math.round(bitmap.height * scale)];
  const isKept = scale === 1 && /^image\/(?:png|jpeg|webp)$/.test(file.type);
  if (isKept) {
    bitmap.close();
    return { blob: file as Blob, width, height, wasShrunk: false };
  }
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  canvas.getContext("2d")!.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  // PNG and WebP may have transparency, which JPEG would lose.
  const type = /png|webp/.test(file.type) ? "image/png" : "image/jpeg";
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, 0.92));
  if (blob === null) throw new UnusableImage("unreadable");
  return { blob, width, height, wasShrunk: scale < 1 };
}
