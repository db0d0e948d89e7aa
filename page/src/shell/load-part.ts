import { noteReachable, noteUnreachable } from "../server/connection.ts";
import { reloadForChunk } from "./reload-for-chunk.ts";

/**
 * Loads a part of the page for `lazy`, which would leave its place empty for ever after one failure. Without a
 * connection it waits for one. Then, as after a deployment that has removed the part, the whole page is loaded again:
 * the build asks for a style sheet once, and a part that is loaded a second time would be without its own.
 * @throws where it cannot be had
 */
export function loadPart<T>(load: () => Promise<T>): () => Promise<T> {
  return async () => {
    try {
      return await load();
    } catch (error) {
      await untilReachable();
      if (reloadForChunk(error)) await new Promise(() => {});
      return load();
    }
  };
}

async function untilReachable(): Promise<void> {
  const isBack = new Promise((resolve) => addEventListener("zimage:reconnected", resolve, { once: true }));
  try {
    await fetch("/healthz", { cache: "no-store" });
    noteReachable();
  } catch {
    noteUnreachable();
    await isBack;
  }
}
