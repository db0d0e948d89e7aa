import { parseArgs } from "node:util";
import { describeDoctor, examine } from "./doctor/examine.ts";

const help = `npm run doctor [-- --json]

Tells what this machine can run: backends, memory, which models at which precision and size, and what is
missing, with the command that mends it. Seconds are estimates from figures measured elsewhere or from the
arithmetic of the networks and the hardware; measure with: npm run bench

  --json   one JSON object
  --help   this text

Exit code: 0 images can be drawn here, 1 nothing can be run, 2 wrong arguments.`;

async function main(): Promise<number> {
  let values: { json: boolean; help: boolean };
  try {
    const flag = { type: "boolean", default: false } as const;
    ({ values } = parseArgs({ options: { json: flag, help: flag } }));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${help}`);
    return 2;
  }
  if (values.help) {
    console.log(help);
    return 0;
  }
  const report = await examine();
  console.log(values.json ? JSON.stringify(report, null, 2) : describeDoctor(report));
  return report.backends.some(({ usable }) => usable) ? 0 : 1;
}

if (import.meta.main) process.exitCode = await main();
