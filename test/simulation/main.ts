import { parseArgs } from "node:util";
import { commandLine, runCommand } from "../../shared/process/command-line.ts";
import { wholeNumber } from "../../shared/process/whole-number.ts";
import { simulateRuns } from "./runs/simulate-runs.ts";
import { checkMutations, describeFailure, mutationLine, simulate } from "./simulate.ts";

const help = `npm run simulate -- [options]

  --seed S       the first seed (default 1); the same seed and job count give the same run, on any machine
  --jobs N       clients in each run, each of which wants one job (default 40); one that loses its request and gives up has none
  --seeds K      runs, with one seed after the other (default 1)
  --minutes M    instead of --seeds: as many runs as fit, starting at --seed (for every night)
  --catalogue N  instead: one catalogue run of N rows under the same faults, such as 50000 (some minutes)
  --mutations    put deliberate bugs under the service, one after the other, and see that each is caught
  --help         this text

Exits with 1 when something did not hold, after the end of the trace and the line that repeats the run.
`;

const { badUsage, parse } = commandLine("simulate");

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options === "help") {
    process.stdout.write(help);
    return 0;
  }
  if (options.mutations) return checkAllMutations();
  const { seed: first, jobs, seeds, minutes, catalogue } = options;
  if (catalogue !== undefined) return simulateCatalogue(first, catalogue);
  const started = performance.now();
  const isOver = (runs: number) =>
    minutes === undefined ? runs >= seeds : performance.now() - started >= minutes * 60_000;
  let [total, clients] = [0, 0];
  for (let runs = 0; !isOver(runs); runs++) {
    const run = await simulate(first + runs, jobs);
    const { hash, summary, wrong } = run;
    total += summary.jobs;
    clients += jobs;
    const statuses = Object.entries(summary.statuses).map(([status, count]) => `${count} ${status}`);
    process.stdout.write(
      `seed ${run.seed}  trace ${hash}  ${jobs} clients, ${summary.jobs} jobs (${statuses.join(", ")})  ` +
        `${summary.attempts} attempts  ` +
        `${summary.kills} kills  ${summary.messages} messages  ${wrong.length === 0 ? "ok" : `${wrong.length} WRONG`}\n`,
    );
    if (wrong.length === 0) continue;
    process.stdout.write(`${describeFailure(run)}\n`);
    return 1;
  }
  process.stdout.write(`${clients} clients, ${total} jobs; every invariant held\n`);
  return 0;
}

async function simulateCatalogue(seed: number, rows: number): Promise<number> {
  const { wrong, kills, pauses, hash, trace } = await simulateRuns(seed, 0, {}, [rows]);
  process.stdout.write(`seed ${seed}  trace ${hash}  a run of ${rows} rows  ${kills} kills  ${pauses} pauses\n`);
  if (wrong.length === 0) process.stdout.write("every invariant held\n");
  else process.stdout.write([...trace.slice(-60), ...wrong].join("\n"));
  return wrong.length === 0 ? 0 : 1;
}

async function checkAllMutations(): Promise<number> {
  let missed = 0;
  for await (const caught of checkMutations()) {
    process.stdout.write(`${mutationLine(caught)}\n`);
    if (caught.seed === undefined) missed++;
  }
  return missed === 0 ? 0 : 1;
}

function readOptions(args: readonly string[]) {
  const { values } = parseArguments(args);
  if (values.help) return "help";
  const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
  if (minutes !== undefined && !(minutes >= 0.01 && minutes <= 10_000)) {
    throw badUsage(`--minutes must be a number from 0.01 to 10000, got "${values.minutes}"`);
  }
  const error = badUsage;
  return {
    seed: wholeNumber("--seed", values.seed ?? "1", { min: 0, max: 2 ** 31, error }),
    jobs: wholeNumber("--jobs", values.jobs ?? "40", { min: 1, max: 100_000, error }),
    seeds: wholeNumber("--seeds", values.seeds ?? "1", { min: 1, max: 1_000_000, error }),
    minutes,
    mutations: values.mutations === true,
    catalogue:
      values.catalogue === undefined
        ? undefined
        : wholeNumber("--catalogue", values.catalogue, { min: 1, max: 50_000, error }),
  };
}

function parseArguments(args: readonly string[]) {
  return parse(() =>
    parseArgs({
      args: [...args],
      options: {
        seed: { type: "string" },
        jobs: { type: "string" },
        seeds: { type: "string" },
        minutes: { type: "string" },
        catalogue: { type: "string" },
        mutations: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }),
  );
}

await runCommand(() => main(process.argv.slice(2)));
