import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { defaultModel } from "../../models/default-model.ts";
import { commandLine, runCommand } from "../../shared/process/command-line.ts";
import { runChaos } from "./chaos.ts";

const help = `npm run chaos -- [options]

  --jobs N            jobs of four tenants (default 1000)
  --model DIR         the checkpoint that the three workers draw with (default: the small model)
  --tiny              the tiny test checkpoint in its place, which draws noise quickly
  --kill-every S      mean seconds between two kill -9 (default 4)
  --seed S            who is killed when (default: by the clock); the machine's own timing is not seeded
  --minutes M         give up after that (default 60)
  --help              this text

API, dispatcher and three workers as processes of this machine. Exits with 1 when something did not hold.
`;

const { badUsage, parse } = commandLine("chaos");

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArguments(args);
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const number = (name: "jobs" | "kill-every" | "seed" | "minutes", fallback: number) => {
    const value = Number(values[name] ?? fallback);
    if (value > 0 || (name === "seed" && value === 0)) return value;
    throw badUsage(`--${name} must be a number above 0, got "${values[name]}"`);
  };
  const seed = number("seed", Date.now() % 1_000_000);
  const tiny = join(import.meta.dirname, "../golden/checkpoints/tiny-turbo");
  const report = await runChaos({
    seed,
    jobs: number("jobs", 1_000),
    leaseMs: 5_000,
    modelDir: values.tiny ? tiny : resolve(values.model ?? defaultModel.dir),
    killEveryMs: number("kill-every", 4) * 1_000,
    patienceMs: number("minutes", 60) * 60_000,
    log: (line) => void process.stdout.write(`${line}\n`),
  });
  const { wrong, statuses, attempts, kills, calmRate, stormRate } = report;
  const counts = Object.entries(statuses).map(([status, count]) => `${count} ${status}`);
  process.stdout.write(`seed ${seed}: ${counts.join(", ")}; ${attempts} attempts, ${kills} kills\n`);
  process.stdout.write(`before ${calmRate.toFixed(2)} jobs/s, during ${stormRate.toFixed(2)} jobs/s\n`);
  process.stdout.write(wrong.length === 0 ? "every invariant held\n" : `${wrong.join("\n")}\n`);
  return wrong.length === 0 ? 0 : 1;
}

function parseArguments(args: readonly string[]) {
  return parse(() =>
    parseArgs({
      args: [...args],
      options: {
        jobs: { type: "string" },
        model: { type: "string" },
        tiny: { type: "boolean" },
        minutes: { type: "string" },
        "kill-every": { type: "string" },
        seed: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    }),
  );
}

await runCommand(() => main(process.argv.slice(2)));
