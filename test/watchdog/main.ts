import { parseArgs } from "node:util";
import { describeFinding, lookAgain } from "./look-again.ts";
import { runWatchdog } from "./run-watchdog.ts";

/**
 * `npm run test:watchdog -- [--cases N] [--seed N] [--from N] [--concurrency N]`: exit status 0 when nothing was found.
 */
const number = { type: "string" } as const;
const { values } = parseArgs({ options: { cases: number, seed: number, from: number, concurrency: number } });
const options = {
  cases: Number(values.cases ?? 300),
  seed: Number(values.seed ?? Date.now() % 2 ** 31),
  from: Number(values.from ?? 0),
  concurrency: Number(values.concurrency ?? 4),
};
console.log(`${options.cases} cases from ${options.from}, seed ${options.seed}`);
const report = await runWatchdog({
  ...options,
  onProgress(done, highestRssBytes) {
    if (done % 1_000 === 0) console.log(`${done} cases, at most ${(highestRssBytes / 1e6).toFixed()} MB so far`);
  },
});
const statuses = [...report.statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
console.log(`responses ${statuses.join(", ")}`);
console.log(
  `longest hold of the event loop ${report.longestHeldCpuMs.toFixed()} ms of CPU time, slowest /healthz ` +
    `${report.slowestHealthMs.toFixed()} ms, at most ${(report.highestRssBytes / 1e6).toFixed()} MB`,
);
for (const finding of report.findings) console.log(`found once: ${describeFinding(finding)}`);
const standing = await lookAgain(report.findings, options);
for (const finding of standing) console.log(`stands: ${describeFinding(finding)}`);
console.log(`${report.findings.length} findings, of which ${standing.length} stand when their cases run again`);
process.exitCode = standing.length === 0 ? 0 : 1;
