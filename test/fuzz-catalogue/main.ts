import { parseArgs } from "node:util";
import { fuzzReaders } from "./fuzz-readers.ts";
import { type Reader, readers } from "./sample-files.ts";

/**
 * `npm run fuzz:catalogue -- [--minutes N] [--reader csv|json|feed|workbook] [--seed N]`: so many minutes for each
 * reader. Exit status 0 when every file was read or refused, in time. A run that was stopped goes on with the reader
 * and the seed printed last.
 */
const { values } = parseArgs({
  options: { minutes: { type: "string" }, reader: { type: "string" }, seed: { type: "string" } },
});
const minutes = Number(values.minutes ?? 10);
const firstSeed = Number(values.seed ?? Date.now() % 2 ** 31);
const chosen = values.reader === undefined ? readers : readers.filter((reader) => reader === values.reader);
if (chosen.length === 0) throw new Error(`reader must be one of ${readers.join(", ")}, got ${values.reader}`);
for (const reader of chosen) await fuzz(reader);

async function fuzz(reader: Reader): Promise<void> {
  const end = performance.now() + minutes * 60_000;
  let said = performance.now();
  console.log(`${reader}: ${minutes} minutes, seed ${firstSeed}`);
  const isOver = (files: number) => {
    const now = performance.now();
    if (now > said + 60_000) {
      said = now;
      console.log(`${reader}: ${files} files, seed ${firstSeed + files}`);
    }
    return now > end;
  };
  const { files, read, refused, slowestMsPerMb, broken } = await fuzzReaders(firstSeed, isOver, reader);
  for (const failure of broken) console.log(failure);
  console.log(`${reader}: ${files} files, ${read} read, refused ${JSON.stringify(refused)}`);
  console.log(`${reader}: slowest ${Math.round(slowestMsPerMb)} ms of CPU per MB, ${broken.length} broken`);
  if (broken.length > 0) process.exitCode = 1;
}
