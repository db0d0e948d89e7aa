import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { operationSettings } from "./operation-settings.ts";

let file: string;
beforeEach(() => {
  file = join(mkdtempSync(join(tmpdir(), "prices-")), "prices.json");
});
afterEach(() => rmSync(join(file, ".."), { recursive: true }));

const read = (text: string) => {
  writeFileSync(file, text);
  return operationSettings.prices.accepts.safeParse(file);
};

it("makes the prices of a file compact", () => {
  expect(read('[ { "currency": "USD" } ]').data).toBe('[{"currency":"USD"}]');
  expect(operationSettings.prices.accepts.parse("")).toBe("");
});

it.each([
  ["text that is no JSON", "[", /expected a JSON file of prices/],
  [
    "more than a function's environment holds",
    JSON.stringify("x".repeat(1_999)),
    /at most 2000 .* got 2001; leave out/,
  ],
])("refuses %s", (_, text, message) => {
  expect(read(text).error?.issues[0]?.message).toMatch(message);
});

it.each([
  ["logRetentionDays", 31],
  ["alarmEmail", "nobody"],
  ["usageExportUrl", "http://billing.example"],
  ["usageMeter", "a meter"],
] as const)("refuses %s=%j", (key, value) => {
  expect(operationSettings[key].accepts.safeParse(value).success).toBe(false);
});
