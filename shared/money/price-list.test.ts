import { describe, expect, it } from "vitest";
import { defaultPrices, nextPricesAt, type PriceList, parsePriceList, priceOf } from "./price-list.ts";

const may = Date.UTC(2026, 4, 1);
const june = Date.UTC(2026, 5, 1);
const rates = (interactive: number) => [{ model: "*", interactive, batch: Math.ceil(interactive / 2) }];
const table = (at: number, interactive: number): PriceList[number] => ({
  effectiveFrom: new Date(at).toISOString(),
  currency: "USD",
  rates: [{ model: "known", interactive: 7, batch: 3 }, ...rates(interactive)],
});
const prices = parsePriceList([table(june, 200), table(may, 100)], "test");
const params = { width: 1024, height: 1024, n: 1, steps: 8, guidance: 0 };
const amount = (changes: object, at = may, lane: "interactive" | "batch" = "interactive", names = ["m"]) =>
  priceOf(prices, { params: { ...params, ...changes }, modelNames: names, lane }, at).amount;

describe("the price of a job", () => {
  // 100 · 1.048576 megapixels · 8 steps = 838.8608
  it("is rate times megapixels times steps, rounded up per image", () => {
    expect(amount({})).toBe(839);
    expect(amount({ n: 3 })).toBe(3 * 839);
    expect(amount({ width: 16, height: 16, steps: 1 })).toBe(1);
    // 100 · 1 megapixel · 1 step: nothing to round.
    expect(amount({ width: 1000, height: 1000, steps: 1 })).toBe(100);
  });

  it("counts the network calls of the sampler", () => {
    // The last step ends where the network was never trained: 15 calls.
    expect(amount({ sampler: "heun" })).toBe(Math.ceil(15 * 104.8576));
    expect(amount({ sampler: "euler_ancestral" })).toBe(839);
  });

  it("counts guidance and refinement as the calls that they make", () => {
    expect(amount({ guidance: 4 })).toBe(Math.ceil(2 * 838.8608));
    // 8 steps, and 3 at four times the pixels.
    expect(amount({ upscale: "refine" })).toBe(Math.ceil(20 * 104.8576));
    expect(amount({ upscale: "lanczos" })).toBe(839);
    expect(amount({ strength: 0.6 })).toBe(Math.ceil(5 * 104.8576));
  });

  it("knows lanes, and models by any of their names", () => {
    expect(amount({}, may, "batch")).toBe(Math.ceil(50 * 1.048576 * 8));
    expect(amount({ width: 1000, height: 1000, steps: 1 }, may, "interactive", ["own-name", "known"])).toBe(7);
  });

  it("changes when a newer table comes into force, and says when", () => {
    expect(amount({}, june - 1)).toBe(839);
    expect(amount({}, june)).toBe(1678);
    expect(amount({}, may - 1), "before the first table").toBe(839);
    expect(nextPricesAt(prices, may)).toBe(june);
    expect(nextPricesAt(prices, june)).toBeUndefined();
  });

  it("is whole and exact for the largest job", () => {
    const largest = { width: 2048, height: 2048, n: 10, steps: 100, guidance: 4 };
    const dear = parsePriceList([{ ...table(may, 1), rates: rates(1_000_000_000) }], "test");
    const price = priceOf(dear, { params: largest, modelNames: [], lane: "interactive" }, may);
    expect(Number.isSafeInteger(price.amount)).toBe(true);
  });
});

it.each([
  [[], "the list"],
  [[{ ...table(may, 1), rates: [{ model: "a", interactive: 1, batch: 1 }] }], '"*"'],
  [[{ ...table(may, 1), rates: [...rates(1), ...rates(2)] }], "twice"],
  [[{ ...table(may, 1), rates: rates(0.5) }], "rates.0.interactive"],
  [[table(may, 1), { ...table(june, 1), currency: "EUR" }], "one currency"],
])("refuses a list that cannot be charged by: %j", (list, part) => {
  expect(() => parsePriceList(list, "p.json")).toThrow(part);
});

it("has prices of its own", () => {
  expect(defaultPrices.length).toBeGreaterThan(0);
});
