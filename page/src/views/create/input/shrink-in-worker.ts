import { type ShrunkImage, shrinkImage } from "./shrink-image.ts";

/** What the worker sends back. */
export type WorkerResult = { readonly image: ShrunkImage } | { readonly failed: string };

/**
 * As `shrinkImage`, away from the page: a photo of 50 megapixels would hold its keys and its scrolling for a second.
 */
export async function shrinkInWorker(file: File, longestSide: number): Promise<ShrunkImage> {
  if (typeof Worker === "undefined" || typeof OffscreenCanvas === "undefined") return shrinkImage(file, longestSide);
  const worker = new Worker(new URL("./shrink-worker.ts", import.meta.url), { type: "module" });
  try {
    const result = await new Promise<WorkerResult | undefined>((resolve) => {
      worker.addEventListener("message", ({ data }: MessageEvent<WorkerResult>) => resolve(data));
      // Its script could not be loaded: after a deployment it may be gone.
      worker.addEventListener("error", () => resolve(undefined));
      worker.postMessage({ file, longestSide });
    });
    if (result === undefined) return shrinkImage(file, longestSide);
    if ("failed" in result) throw new Error(result.failed);
    return result.image;
  } finally {
    worker.terminate();
  }
}
