import { PipelineError } from "../../shared/errors.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Log } from "../../shared/process/log.ts";

/** A part of the tick, and the seconds that it may take. */
export type Part = readonly [seconds: number, work: () => Promise<unknown>];

/**
 * Runs the parts one after another, each though another failed or took too long; the first failure is thrown at the
 * end, so that the alarm on errors sees it.
 */
export async function runParts(
  parts: readonly Part[],
  { clock, log }: { readonly clock: Pick<Clock, "sleep">; readonly log: Log },
): Promise<void> {
  const failures: unknown[] = [];
  for (const [seconds, work] of parts) {
    const inTime = new AbortController();
    const late = clock.sleep(seconds * 1_000, inTime.signal).then(() => {
      if (inTime.signal.aborted) return;
      throw new PipelineError("tick_part_late", `a part of the tick took more than its ${seconds} s`);
    });
    await Promise.race([work(), late])
      .catch((error: unknown) => {
        failures.push(error);
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        log("error", "part of the tick failed", { error: text });
      })
      .finally(() => inTime.abort());
  }
  if (failures.length > 0) throw failures[0];
}
