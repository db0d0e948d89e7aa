import { expect, it } from "vitest";
import { runRandomRequests } from "./random-requests.ts";

const seed = Number(process.env.SEED ?? 20_261_130);

// 10,000 by command: npm run test:random
it("no request within the published limits ends a worker, or fails for the worker's reasons (300 requests)", async () => {
  const { succeeded, failed, broken } = await runRandomRequests({ count: 300, seed });
  expect(broken, `seed ${seed}`).toBeUndefined();
  // An image of one colour, twice, is what noise at odd settings may give; anything else is a fault.
  expect(
    failed.filter((failure) => !failure.startsWith("flat_output")),
    `seed ${seed}`,
  ).toEqual([]);
  expect(succeeded).toBeGreaterThan(250);
}, 900_000);
