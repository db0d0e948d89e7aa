import { expect, it } from "vitest";
import { readRecordsS } from "./record-years.ts";

it("keeps records for five years, or as many as are given", () => {
  expect([readRecordsS({}), readRecordsS({ RECORD_YEARS: "" })]).toEqual([5 * 366 * 86_400, 5 * 366 * 86_400]);
  expect(readRecordsS({ RECORD_YEARS: "10" })).toBe(10 * 366 * 86_400);
});

it.each(["0", "31", "ten", "1.5"])("refuses %s years", (RECORD_YEARS) => {
  expect(() => readRecordsS({ RECORD_YEARS })).toThrow("RECORD_YEARS must be a whole number from 1 to 30");
});
