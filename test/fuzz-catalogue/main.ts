import { parseArgs } from "node:util";
import { fuzzReaders } from "./fuzz-readers.ts";

/** `npm run fuzz:catalogue -- [--minutes N] [--seed N]`: exit status 0 when every file was read or refused, in time. */
const { values } = parseArgs({ options: { minutes: { type: "string" }, seed: { type: "string" } } });
const minutes = Number(values.minutes ?? 10);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const end = performance.now() + minutes * 60_000;
console.log(`${minutes} minutes, seed ${seed}`);
const report = await fuzzReaders(seed, () => performance.now() > end);
for (const failure of report.broken) console.log(failure);
console.log(`${report.files} files: ${report.read} read, refused ${JSON.stringify(report.refused)}`);
console.log(`slowest ${Math.round(report.slowestMsPerMb)} ms of CPU per MB, ${report.broken.length} broken`);
process.exitCode = report.broken.length === 0 ? 0 : 1;
