import { parseArgs } from "node:util";
import { runRandomRequests } from "./random-requests.ts";

/**
 * `npm run test:random -- [--count N] [--seed N] [--from N]`: exit status 0 when no request broke the worker. `--from`
 * goes on where an earlier run of the same seed stopped.
 */
const { values } = parseArgs({
  options: { count: { type: "string" }, seed: { type: "string" }, from: { type: "string" } },
});
const count = Number(values.count ?? 10_000);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const from = Number(values.from ?? 0);
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
console.log(
  `${succeeded} succeeded, ${failed.length} failed, worker ${broken === undefined ? "alive" : `ended: ${broken}`}`,
);
process.exitCode = broken === undefined ? 0 : 1;
