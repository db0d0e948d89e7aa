import { expect, it } from "vitest";
import { UsageError } from "./command.ts";
import { flag, number, numbers, pairs, texts, time } from "./option-values.ts";

it("reads what was given, and nothing where nothing was", () => {
  const values = { n: "-1.5", sigmas: "1, 0.5,0", tag: ["a=1", "b=x=y"], json: true };
  expect(number(values, "n")).toBe(-1.5);
  expect(numbers(values, "sigmas")).toEqual([1, 0.5, 0]);
  expect(pairs(values, "tag")).toEqual({ a: "1", b: "x=y" });
  expect([flag(values, "json"), flag(values, "quiet")]).toEqual([true, false]);
  expect([number({}, "n"), numbers({}, "n"), pairs({}, "n"), time({}, "n", 0), texts({}, "n")]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    [],
  ]);
});

const now = Date.UTC(2026, 0, 31, 12);
it.each([
  ["90m", "2026-01-31T10:30:00.000Z"],
  ["24h", "2026-01-30T12:00:00.000Z"],
  ["7d", "2026-01-24T12:00:00.000Z"],
  ["2026-01-01", "2026-01-01T00:00:00.000Z"],
  ["2026-01-01T00:00:00+02:00", "2025-12-31T22:00:00.000Z"],
])("takes %s for %s", (text, iso) => expect(time({ since: text }, "since", now)).toBe(iso));

it.each([
  [() => number({ n: "1e3" }, "n"), '--n must be a number, got "1e3"'],
  [() => numbers({ n: "1,,2" }, "n"), '--n must be a number, got ""'],
  [() => pairs({ tag: ["=x"] }, "tag"), '--tag must be KEY=VALUE, got "=x"'],
  [() => time({ since: "yesterday" }, "since", now), "--since must be a time such as 2026-01-31T12:00:00Z"],
])("names the option that is wrong: case %#", (read, message) => {
  expect(read).toThrow(UsageError);
  expect(read).toThrow(message);
});
