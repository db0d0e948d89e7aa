import { shrinkImage } from "./shrink-image.ts";
import type { WorkerResult } from "./shrink-in-worker.ts";

addEventListener("message", ({ data }: MessageEvent<{ readonly file: File; readonly longestSide: number }>) => {
  const send = (result: WorkerResult) => postMessage(result);
  shrinkImage(data.file, data.longestSide).then(
    (image) => send({ image }),
    (error: unknown) => send({ failed: String(error) }),
  );
});
