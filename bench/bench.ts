import { parseArgs } from "node:util";
import { benchApi } from "./api.ts";
import { benchBlock } from "./block.ts";
import { benchEngine } from "./engine.ts";
import { benchQueue } from "./queue.ts";
import { createReport, machine } from "./report.ts";
import { benchTrainBlock } from "./train-block.ts";

const benches = {
  engine: benchEngine,
  block: benchBlock,
  "train-block": benchTrainBlock,
  api: benchApi,
  queue: benchQueue,
};

const help = `npm run bench -- [NAME ...] [--json]

  engine   time per stage of a picture (tiny random model)
  block    one full-width transformer block, beside PyTorch where python3 has it
  train-block  LoRA training of one full-width transformer block: time and memory
  api      requests per second of POST /v1/jobs and GET /v1/jobs/{id}
  queue    accepted → claimed, p50 and p99

Without a name all of them run. --json prints one object per figure.
Compare only figures of one run: machines differ, and so do their neighbours.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
});
const unknown = positionals.filter((name) => !(name in benches));
if (values.help) {
  console.log(help);
} else if (unknown.length > 0) {
  console.error(`unknown bench ${unknown.join(", ")}\n\n${help}`);
  process.exitCode = 2;
} else {
  const report = createReport(values.json);
  if (!values.json) console.log(`${machine()}\n`);
  for (const [name, bench] of Object.entries(benches)) {
    if (positionals.length === 0 || positionals.includes(name)) await bench(report);
  }
}
