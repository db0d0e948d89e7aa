import { parseArgs } from "node:util";
import { runWatchdog } from "./run-watchdog.ts";

/** `npm run test:watchdog -- [--cases N] [--seed N] [--from N] [--concurrency N]`: exit status 0 when nothing was found. */
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
  onProgress: (done) => done % 1_000 === 0 && console.log(`${done} cases sent`),
});
for (const finding of report.findings) console.log(finding);
const statuses = [...report.statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
console.log(`responses ${statuses.join(", ")}`);
console.log(
  `longest hold of the event loop ${report.longestHeldCpuMs.toFixed()} ms of CPU time, slowest /healthz ` +
    `${report.slowestHealthMs.toFixed()} ms, at most ${(report.highestRssBytes / 1e6).toFixed()} MB; ${report.findings.length} findings`,
);
process.exitCode = report.findings.length === 0 ? 0 : 1;
