import { expect, it } from "vitest";
import type { Run } from "./run.ts";
import { capacityOf, endOf, pausedAgain, windowFor } from "./run-rules.ts";

const run = (fields: Partial<Run> = {}): Run =>
  ({ status: "running", errors: [], expiresAt: 100_000, total: 3, completed: 3, failed: 0, ...fields }) as Run;
const reason = { code: "insufficient_balance", message: "" };

it.each([
  [0, 8],
  [60, 120],
  [1_200, 300],
])("keeps two minutes of a fleet that draws %i a minute in flight: %i", (perMinute, rows) => {
  expect(windowFor(perMinute)).toBe(rows);
});

it("tries one row of a paused run, when its check is due", () => {
  expect(capacityOf(run(), 3, 8, 0)).toBe(5);
  const paused = pausedAgain(undefined, reason, 0);
  expect(capacityOf(run({ paused }), 3, 8, paused.checkAt - 1)).toBe(0);
  expect(capacityOf(run({ paused }), 3, 8, paused.checkAt)).toBe(1);
  expect(capacityOf(run({ paused, status: "canceling" }), 3, 8, paused.checkAt)).toBe(0);
  expect(capacityOf(run(), 0, 8, 100_000), "expired").toBe(0);
});

it("checks after 5 s, and less and less often, at least every five minutes", () => {
  let paused = pausedAgain(undefined, reason, 0);
  const waits: number[] = [];
  for (let i = 0; i < 9; i++) {
    waits.push(paused.checkAt / 1_000);
    paused = { ...pausedAgain(paused, reason, 0) };
  }
  expect(waits).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
  expect(paused.since).toBe(0);
});

it.each([
  [{}, "completed"],
  [{ completed: 2 }, "expired"],
  [{ completed: 2, cancelledAt: 5 }, "canceled"],
  [{ errors: [{ code: "file_not_found", message: "", param: null, line: null }] }, "failed"],
] as const)("ends with %j as %s", (fields, status) => {
  expect(endOf(run({ ...fields, status: "finishing" }))).toBe(status);
});
