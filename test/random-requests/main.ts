import { parseArgs } from "node:util";
import { runRandomRequests } from "./random-requests.ts";

/** `npm run test:random -- [--count N] [--seed N]`: exit status 0 when no request broke the worker. */
const { values } = parseArgs({ options: { count: { type: "string" }, seed: { type: "string" } } });
const count = Number(values.count ?? 10_000);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
console.log(`${count} requests, seed ${seed}`);
const { succeeded, failed, broken } = await runRandomRequests(count, seed);
for (const failure of failed) console.log(failure);
console.log(
  `${succeeded} succeeded, ${failed.length} failed, worker ${broken === undefined ? "alive" : `ended: ${broken}`}`,
);
process.exitCode = broken === undefined ? 0 : 1;
