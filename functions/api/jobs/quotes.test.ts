import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { turbo } from "../../../test/support/api/api-under-test.ts";
import { openPaidApi, type PaidApi, smallRequest as small, smallCost } from "../../../test/support/api/paid-api.ts";

let api: PaidApi;
beforeEach(async () => {
  api = await openPaidApi();
});
afterEach(() => api.close());

describe("POST /v1/quotes", () => {
  it("prices a job exactly as it is charged, and a batch as its jobs", async () => {
    const quote = (await api.ask("POST", "/v1/quotes", small)).body;
    expect(quote).toMatchObject({ amount: smallCost, currency: "USD", breakdown: [{ jobs: 1, amount: smallCost }] });
    expect(quote).toMatchObject({ amount_decimal: "0.000132", breakdown: [{ amount_decimal: "0.000132" }] });
    expect(quote.unit_prices).toEqual([
      { model: turbo.id, lane: "interactive", per_megapixel_step: 1_000, per_megapixel_step_decimal: "0.001" },
    ]);
    const accepted = await api.ask("POST", "/v1/jobs", small);
    expect(accepted.body.cost).toEqual({
      amount: quote.amount,
      amount_decimal: quote.amount_decimal,
      charged: null,
      charged_decimal: null,
      currency: "USD",
      lane: "interactive",
    });
    await api.worker.workOnce();
    expect((await api.ask("GET", `/v1/jobs/${accepted.body.id}`)).body.cost.charged).toBe(quote.amount);
    expect(quote.eta_s, "nothing was drawn yet").toBeNull();
    api.clock.advance(1_000);
    // 12 ms were needed for 14 units of work, 0.065536 megapixels in 2 steps.
    expect((await api.ask("POST", "/v1/quotes", { ...small, steps: 100 })).body.eta_s).toBe(0.6);
    const batch = { ...small, priority: "batch" };
    expect((await api.ask("POST", "/v1/quotes", { jobs: [small, small, batch] })).body).toMatchObject({
      amount: 2 * smallCost + 66,
      breakdown: [
        { jobs: 2, amount: 2 * smallCost },
        { jobs: 1, lane: "batch", amount: 66 },
      ],
    });
    const twice = await Promise.all([api.ask("POST", "/v1/quotes", small), api.accounts.balance(api.payer.id)]);
    expect(twice[1].held, "a quote holds nothing").toBe(0);
  });

  it("gives a quote that ends when other prices begin", async () => {
    const { expires_at } = (await api.ask("POST", "/v1/quotes", small)).body;
    expect(Date.parse(expires_at)).toBeGreaterThan(api.clock.now());
    api.clock.advance(Date.UTC(2099, 11, 31, 23) - api.clock.now());
    expect((await api.ask("POST", "/v1/quotes", small)).body.expires_at).toBe("2100-01-01T00:00:00.000Z");
  });

  it.each([
    [{ ...small, size: "255x255" }, "size"],
    [{ jobs: [] }, "jobs"],
    [{ jobs: [small], n: 1 }, "n"],
  ])("refuses %j by name", async (body, param) => {
    expect(await api.ask("POST", "/v1/quotes", body)).toMatchObject({ status: 400, body: { param } });
  });
});
