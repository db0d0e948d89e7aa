import { expect, it } from "vitest";
import { parsePriceList } from "../../../shared/money/price-list.ts";
import { turbo } from "../../../test/support/api/api-under-test.ts";
import { sampleParams, samplePrice } from "../../../test/support/api/sample-job.ts";
import { assertMaxCost, priceFor, priceSubmission } from "./price-submission.ts";

const at = Date.UTC(2026, 5);
/** Priced as `model` is; everything else costs 7 micro-units per megapixel and step. */
const price = (model: string, asked: string) => {
  const rates = [
    { model, interactive: 1_000, batch: 500 },
    { model: "*", interactive: 7, batch: 7 },
  ];
  const prices = parsePriceList([{ effectiveFrom: "2026-01-01T00:00:00Z", currency: "EUR", rates }], "test");
  const params = { ...sampleParams, model: asked, width: 1_000, height: 1_000, steps: 2 };
  return priceSubmission({ params, lane: "interactive" }, { models: [turbo], prices }, at);
};

it("finds the rate of a model under any of its names", () => {
  expect(price(turbo.id, turbo.id)).toMatchObject({ amount: 2_000, currency: "EUR", lane: "interactive" });
  expect(price(turbo.aliases[0]!, turbo.id).amount).toBe(2_000);
  expect(price("another", turbo.id).amount).toBe(14);
  expect(price("retired", "retired").amount, "a model that is served no more").toBe(2_000);
});

it("records the customer of the account, if it has one", () => {
  const identity = { accountId: "acc_1", keyId: "key_1", scopes: ["*"] };
  expect(priceFor({ ...identity, terms: { meterCustomer: "cus_1" } }, samplePrice).meterCustomer).toBe("cus_1");
  expect(priceFor({ ...identity, terms: {} }, samplePrice)).toEqual(samplePrice);
});

it("refuses a price above max_cost and says both", () => {
  const given = { amount: 101, currency: "USD" };
  for (const maxCost of [undefined, 101, 102]) expect(() => assertMaxCost(given, maxCost)).not.toThrow();
  expect(() => assertMaxCost(given, 100)).toThrow(
    expect.objectContaining({
      code: "max_cost_exceeded",
      param: "max_cost",
      message: expect.stringContaining("max_cost is 100 micro-USD, this costs 101"),
    }),
  );
});
