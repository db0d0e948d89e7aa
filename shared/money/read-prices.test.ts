import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { defaultPrices } from "./price-list.ts";
import { readPrices } from "./read-prices.ts";

const folder = mkdtempSync(join(tmpdir(), "prices-"));
afterAll(() => rmSync(folder, { recursive: true }));

const table = {
  effectiveFrom: "2026-12-01T00:00:00Z",
  currency: "EUR",
  rates: [{ model: "*", interactive: 100, batch: 50 }],
};

it("reads a file, JSON, or the example prices", () => {
  const file = join(folder, "prices.json");
  writeFileSync(file, JSON.stringify([table]));
  expect(readPrices(file)).toEqual([table]);
  expect(readPrices(JSON.stringify([table]))).toEqual([table]);
  expect([readPrices(undefined), readPrices("")]).toEqual([defaultPrices, defaultPrices]);
});

it.each([
  [join(folder, "absent.json"), "absent.json: the file of prices cannot be read: ENOENT"],
  ["[{", "PRICES: the prices are not valid JSON"],
  ["[]", "PRICES: the list Too small"],
  [JSON.stringify([{ ...table, currency: "euro" }]), "PRICES: 0.currency must be three capital letters such as USD"],
  [JSON.stringify([{ ...table, rates: [{ model: "x", interactive: 1, batch: 1 }] }]), 'has no rate for "*"'],
  [JSON.stringify([{ ...table, rates: [{ model: "*", interactive: 1.5, batch: 1 }] }]), "0.rates.0.interactive"],
])("refuses %s, and says where", (setting, message) => {
  expect(() => readPrices(setting)).toThrow(message);
});
