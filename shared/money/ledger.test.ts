import { expect, it } from "vitest";
import { samplePrice as price, sampleJob } from "../../test/support/api/sample-job.ts";
import { chargeOf } from "./ledger.ts";

/* What the ledger promises is in `test/conformance/money.conformance.ts`, over every driver. */

it("charges nothing, and everything, exactly", () => {
  const running = (step: number, total: number) =>
    sampleJob("x", 0, { price: { ...price, amount: 9_007_199_254 }, status: "running", progress: { step, total } });
  expect(chargeOf(running(400, 400), "canceled")).toBe(9_007_199_254);
  expect(chargeOf(running(0, 400), "canceled")).toBe(0);
  expect(chargeOf(sampleJob("x", 0), "succeeded")).toBe(0);
});
