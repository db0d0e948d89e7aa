import { parseArgs } from "node:util";
import { commandLine, runCommand } from "../../shared/process/command-line.ts";
import { wholeNumber } from "../../shared/process/whole-number.ts";
import { runRandomRequests } from "./random-requests.ts";

const help = `npm run test:random -- [options]

  --count N   requests (default 10000)
  --seed S    the same seed gives the same requests (default: another one each time)
  --from N    the first request, to go on where an earlier run of the same seed stopped (default 0)
  --help      this text

Random requests within the published limits, through a worker with zimage-tiny. Exits with 1 when one of them broke the
worker.
`;

const { badUsage, parse } = commandLine("test:random");

async function main(args: readonly string[]): Promise<number> {
  const { values } = parse(() =>
    parseArgs({
      args: [...args],
      options: {
        count: { type: "string" },
        seed: { type: "string" },
        from: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    }),
  );
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const error = badUsage;
  const count = wholeNumber("--count", values.count ?? "10000", { min: 1, max: 10_000_000, error });
  const newSeed = String(Date.now() % 2 ** 31);
  const seed = wholeNumber("--seed", values.seed ?? newSeed, { min: 0, max: 2 ** 31, error });
  const from = wholeNumber("--from", values.from ?? "0", { min: 0, max: 10_000_000, error });
  return run(count, seed, from);
}

async function run(count: number, seed: number, from: number): Promise<number> {
  console.log(`requests ${from} to ${from + count - 1}, seed ${seed}`);
  const start = performance.now();
  const { succeeded, failed, broken } = await runRandomRequests({
    count,
    seed,
    from,
    onRequest: ({ next, succeeded, failed }) => {
      if (next % 100 !== 0) return;
      const seconds = ((performance.now() - start) / 1000).toFixed(0);
      console.log(
        `${succeeded} succeeded, ${failed.length} failed in ${seconds} s; to go on: --seed ${seed} --from ${next}`,
      );
    },
  });
  for (const failure of failed) console.log(failure);
  const worker = broken === undefined ? "alive" : `ended: ${broken}`;
  console.log(`${succeeded} succeeded, ${failed.length} failed, worker ${worker}`);
  return broken === undefined ? 0 : 1;
}

await runCommand(() => main(process.argv.slice(2)));
