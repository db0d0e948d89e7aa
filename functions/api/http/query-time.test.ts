import { expect, it } from "vitest";
import { queryTime } from "./query-time.ts";

it.each([
  ["2026-01-31T12:00:00 02:00", "2026-01-31T12:00:00+02:00"],
  ["2026-01-31T12:00:00+02:00", "2026-01-31T12:00:00+02:00"],
  ["2026-01-31T12:00:00-02:00", "2026-01-31T12:00:00-02:00"],
  ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"],
  ["2026-01-31 12:00", "2026-01-31 12:00"],
  ["yesterday", "yesterday"],
])("reads %j as %j", (text, time) => {
  expect(queryTime(text)).toBe(time);
});
