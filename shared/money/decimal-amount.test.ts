import { expect, it } from "vitest";
import { decimalAmount, moneyText } from "./decimal-amount.ts";

it.each([
  [3, "0.000003"],
  [0, "0.00"],
  [1_000_000, "1.00"],
  [1_500_000, "1.50"],
  [-1_500_010, "-1.50001"],
  [Number.MAX_SAFE_INTEGER, "9007199254.740991"],
])("writes %d micro-units as %s", (microUnits, text) => {
  expect(decimalAmount(microUnits)).toBe(text);
});

it("names the currency for people", () => {
  expect(moneyText(-1_500_000, "EUR")).toBe("-1.50 EUR");
});
