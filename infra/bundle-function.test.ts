import { expect, it } from "vitest";
import { bundleFunction } from "./bundle-function.ts";

// What a function loads is read and compiled at each of its starts.
it.each([
  ["functions/api/lambda.ts", 1_500_000],
  ["functions/webhook/lambda.ts", 800_000],
  ["functions/tick/lambda.ts", 1_000_000],
])("keeps %s below %i bytes", (entry, most) => {
  expect(bundleFunction(entry).bytes).toBeLessThan(most);
});
