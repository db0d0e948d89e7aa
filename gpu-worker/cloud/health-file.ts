import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../shared/clock.ts";

/** Touched while the worker lives; `healthcheck.ts` looks how long ago. The engine has a thread of its own, so drawing never holds this up. */
export const healthFile = join(tmpdir(), "z-image-worker.alive");
const everyMs = 10_000;

export async function keepAlive(clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await writeFile(healthFile, String(process.pid)).catch(() => {});
    await clock.sleep(everyMs, signal);
  }
}
