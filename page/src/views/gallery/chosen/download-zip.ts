import { downloadZip as zip } from "client-zip";
import type { Image } from "../../../../../sdk/src/index.ts";
import { saveFile } from "../../../parts/data/save-file.ts";

/**
 * Packs images into a ZIP and has the browser save it. They are fetched one after the other, as the ZIP takes them.
 * @param onProgress - told how many were packed
 * @throws Error naming the image that could not be fetched
 */
export async function downloadZip(images: readonly Image[], onProgress: (packed: number) => void): Promise<void> {
  async function* files() {
    for (const [packed, image] of images.entries()) {
      onProgress(packed);
      const response = await fetch(image.url);
      if (!response.ok) throw new Error(`${image.id}: ${response.status} ${response.statusText}`);
      yield { name: fileName(image), lastModified: new Date(image.created_at), input: response };
    }
  }
  const packed = await zip(files()).blob();
  saveFile(packed, `images-${new Date().toISOString().slice(0, 10)}.zip`);
}

/** The id is unique; the SKU, where there is one, tells people which it is. */
function fileName({ id, sku, format }: Image): string {
  const readable = (sku ?? "").replaceAll(/[^\p{L}\p{N}._-]+/gu, "_").slice(0, 60);
  return `${readable === "" ? "" : `${readable}-`}${id}.${format === "jpeg" ? "jpg" : format}`;
}
