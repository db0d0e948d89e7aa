import { writeFile } from "node:fs/promises";
import type { Clock } from "../../shared/ports/clock.ts";

const everyMs = 10_000;

/**
 * Touches the file while the worker's event loop turns; `healthcheck.ts` looks how long ago. The engine has a thread of
 * its own, so loading and drawing never hold this up.
 */
export async function keepAlive(healthFile: string, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await writeFile(healthFile, String(process.pid)).catch(() => {});
    await clock.sleep(everyMs, signal);
  }
}
