import { expect, it } from "vitest";
import type { Run } from "../../api.ts";
import { ZImageClient } from "../../client.ts";
import { describePlan } from "./describe-run.ts";

const counts = { products: 9, tasks: 9, unchanged: 2, new: 5, redrawn: 1, skipped: 0, to_draw: 7, drawn: 0, failed: 0 };
const changed = { prompt: 1, photo: 0, settings: 0 };
const cost = { quoted: 7, quoted_decimal: "0.000007", charged: 0, charged_decimal: "0", max: null, currency: "USD" };
const run = {
  id: "run_1",
  counts: { ...counts, changed, refused: {}, under_way: 0, to_review: null },
  cost: { ...cost, balance_lasts_for: null },
  warnings: [],
  eta_s: null,
  started_at: null,
  finished_at: null,
} as unknown as Run;

const none = { client: () => Promise.reject(new Error("nothing is asked for")), signal: new AbortController().signal };

it("says what is new and changed, and what it costs", async () => {
  expect(await describePlan(run, none)).toEqual([
    "9 products: 2 unchanged, 1 changed (prompt 1), 1 to draw again, 5 new",
    "7 images to draw for 0.000007 USD",
  ]);
});

it.each([
  [80, "80 s"],
  [600, "10 min"],
  [9_000, "2.5 h"],
])("says how long %i s are", async (eta_s, text) => {
  expect((await describePlan({ ...run, eta_s }, none)).at(-1)).toMatch(new RegExp(`, in about ${text}$`));
});

it.each([
  [7, "all"],
  [31_204, "all"],
  [3, "3"],
])("says for how many images the balance lasts: %i", async (lasts, text) => {
  const found = await describePlan({ ...run, cost: { ...run.cost, balance_lasts_for: lasts } }, none);
  expect(found.at(-1)).toBe(`your balance lasts for ${text} of them`);
});

it("says of each reason what is wrong with the first row", async () => {
  const failures = {
    object: "list",
    data: [{ code: "sku_missing", count: 2, message: "line 3 has no SKU", lines: [3, 9], can_retry: false }],
  };
  const fetch = () => Promise.resolve(Response.json(failures));
  const client = new ZImageClient({ baseUrl: "http://localhost", apiKey: "zk_live_x", fetch });
  const refused = { ...run, counts: { ...run.counts, refused: { sku_missing: 2 } } };
  expect(await describePlan(refused, { ...none, client: async () => client })).toContain(
    "2 cannot be drawn: sku_missing: the first: line 3 has no SKU",
  );
});

it("says of a run that has begun how far it is and what it has cost", async () => {
  const started = { ...run, started_at: "2026-01-01T00:00:00.000Z", counts: { ...run.counts, drawn: 4, failed: 1 } };
  expect((await describePlan({ ...started, eta_s: 30 }, none)).at(-1)).toBe(
    "4 of 7 images drawn, 1 failed; cost 0 USD of 0.000007, about 30 s left",
  );
  const over = { ...started, finished_at: "2026-01-01T00:01:00.000Z" };
  expect((await describePlan(over, none)).at(-1)).toBe("4 of 7 images drawn, 1 failed; cost 0 USD");
});
