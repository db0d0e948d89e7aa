import { parseArgs } from "node:util";
import { commandLine, runCommand } from "../../shared/process/command-line.ts";
import { describeDoctor, examine } from "./doctor/examine.ts";

const help = `npm run doctor [-- --json]

Shows what this machine can run: backends, memory, models by precision and size, and what is missing, with the
command that fixes it. Seconds are estimated from figures measured elsewhere or from the arithmetic of the networks
and the hardware; measure them with: npm run bench

  --json   one JSON object
  --help   this text

Exit status: 0 images can be generated here, 1 no backend is usable, 2 wrong usage.`;

async function main(): Promise<number> {
  const flag = { type: "boolean", default: false } as const;
  const { values } = commandLine("doctor").parse(() => parseArgs({ options: { json: flag, help: flag } }));
  if (values.help) {
    console.log(help);
    return 0;
  }
  const report = await examine();
  console.log(values.json ? JSON.stringify(report, null, 2) : describeDoctor(report));
  return report.backends.some(({ usable }) => usable) ? 0 : 1;
}

if (import.meta.main) await runCommand(main);
