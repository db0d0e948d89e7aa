export interface ShrunkImage {
  readonly blob: Blob;
  readonly width: number;
  readonly height: number;
  readonly wasShrunk: boolean;
}

/**
 * An image upright and with sides of `longestSide` at most; one that is so already, in a format that the server takes,
 * comes back as it is. Runs in a worker, and where there is none on the page.
 * @throws where the browser cannot read or write it
 */
export async function shrinkImage(file: File, longestSide: number): Promise<ShrunkImage> {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, longestSide / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [Math.round(bitmap.width * scale), Math.round(bitmap.height * scale)];
  if (scale === 1 && /^image\/(?:png|jpeg|webp)$/.test(file.type)) {
    bitmap.close();
    return { blob: file, width, height, wasShrunk: false };
  }
  // PNG and WebP may have transparency, which JPEG would lose.
  const type = /png|webp/.test(file.type) ? "image/png" : "image/jpeg";
  const blob = await drawn(bitmap, { width, height, type });
  bitmap.close();
  return { blob, width, height, wasShrunk: scale < 1 };
}

const quality = 0.92;

async function drawn(
  bitmap: ImageBitmap,
  { width, height, type }: { readonly width: number; readonly height: number; readonly type: string },
): Promise<Blob> {
  if (typeof OffscreenCanvas !== "undefined") {
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext("2d")!.drawImage(bitmap, 0, 0, width, height);
    return canvas.convertToBlob({ type, quality });
  }
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  canvas.getContext("2d")!.drawImage(bitmap, 0, 0, width, height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, quality));
  if (blob === null) throw new Error("the browser cannot write the image");
  return blob;
}
