import { type Finding, runWatchdog, type WatchdogOptions } from "./run-watchdog.ts";

/** Cases before and after those that were under way. */
const around = 3;
/** So many looks, each at a server of its own, before a finding counts as the machine's. */
const looks = 3;
/** One that hangs for long may have begun long before. */
const mostCases = 200;

interface Stretch {
  from: number;
  /** Before this one. */
  to: number;
  readonly findings: Finding[];
}

/**
 * The findings that stand. What was measured in time is looked for again, with its cases alone: what a busy machine did
 * to the server does not come again and again, and what a request does to it comes every time.
 * @param run - @default `runWatchdog`
 */
export async function lookAgain(
  findings: readonly Finding[],
  { seed, concurrency }: Pick<WatchdogOptions, "seed" | "concurrency">,
  run: (options: WatchdogOptions) => Promise<{ readonly findings: readonly Finding[] }> = runWatchdog,
): Promise<Finding[]> {
  const isDoubtful = ({ isTime, underWay }: Finding) => isTime && underWay.size > 0;
  const standing = findings.filter((finding) => !isDoubtful(finding));
  for (const { from, to, findings: doubtful } of stretchesOf(findings.filter(isDoubtful))) {
    let again = true;
    for (let look = 0; look < looks && again; look++) {
      again = (await run({ from, cases: to - from, seed, concurrency })).findings.length > 0;
    }
    if (again) standing.push(...doubtful);
  }
  return standing;
}

/** The cases of the findings, those next to each other together. */
function stretchesOf(findings: readonly Finding[]): Stretch[] {
  const stretches: Stretch[] = [];
  const single = findings.map((finding): Stretch => {
    const indexes = [...finding.underWay.keys()];
    const from = Math.max(0, Math.min(...indexes) - around);
    const to = Math.max(...indexes) + around + 1;
    return { from: Math.max(from, to - mostCases), to, findings: [finding] };
  });
  for (const one of single.toSorted((a, b) => a.from - b.from)) {
    const last = stretches.at(-1);
    if (last === undefined || one.from > last.to || one.to - last.from > mostCases) stretches.push(one);
    else {
      last.to = Math.max(last.to, one.to);
      last.findings.push(...one.findings);
    }
  }
  return stretches;
}

/** One line about a finding. */
export function describeFinding({ what, underWay }: Finding): string {
  return `${what}; under way: ${[...underWay.values()].join(" | ")}`;
}
