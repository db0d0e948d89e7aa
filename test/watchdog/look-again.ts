import { type Finding, runWatchdog, type WatchdogOptions } from "./run-watchdog.ts";

/** Cases before and after those that were under way. */
const around = 3;
/** So many looks, each at a server of its own, before a finding counts as the machine's. */
const looks = 3;

/**
 * The findings that stand. One that was measured in time is looked for again, with its cases alone: what a busy machine
 * did to the server does not come again and again, and what a request does to it comes every time.
 * @param run - @default `runWatchdog`
 */
export async function lookAgain(
  findings: readonly Finding[],
  { seed, concurrency }: Pick<WatchdogOptions, "seed" | "concurrency">,
  run: (options: WatchdogOptions) => Promise<{ readonly findings: readonly Finding[] }> = runWatchdog,
): Promise<Finding[]> {
  const standing: Finding[] = [];
  for (const finding of findings) {
    const indexes = [...finding.underWay.keys()];
    const isPassing =
      finding.isTime && indexes.length > 0 && (await passes(indexes, (part) => run({ ...part, seed, concurrency })));
    if (!isPassing) standing.push(finding);
  }
  return standing;
}

/** Whether one look at the cases finds nothing. */
async function passes(
  indexes: readonly number[],
  run: (part: { readonly from: number; readonly cases: number }) => Promise<{ readonly findings: readonly Finding[] }>,
): Promise<boolean> {
  const from = Math.max(0, Math.min(...indexes) - around);
  // One that hangs for long may have begun long before.
  const cases = Math.min(Math.max(...indexes) + around + 1 - from, 200);
  for (let look = 0; look < looks; look++) {
    if ((await run({ from, cases })).findings.length === 0) return true;
  }
  return false;
}

/** One line about a finding. */
export function describeFinding({ what, underWay }: Finding): string {
  return `${what}; under way: ${[...underWay.values()].join(" | ")}`;
}
