import { writeFile } from "node:fs/promises";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Log } from "../../shared/process/log.ts";

const everyMs = 10_000;

/**
 * Touches the file while the worker's event loop turns; `healthcheck.ts` looks how long ago. The engine has a thread of
 * its own, so loading and drawing never hold this up.
 */
export async function keepAlive(
  healthFile: string,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  signal: AbortSignal,
): Promise<void> {
  let isWritten = true;
  while (!signal.aborted) {
    try {
      await writeFile(healthFile, String(process.pid));
      isWritten = true;
    } catch (error) {
      // Once: the container is stopped for it, and its last lines should say why.
      if (isWritten) log("error", "the health file cannot be written", { healthFile, error: String(error) });
      isWritten = false;
    }
    await clock.sleep(everyMs, signal);
  }
}
