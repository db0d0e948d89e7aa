import { expect, it } from "vitest";
import { chartDays } from "./chart-days.ts";

it("has every day of the report, those without jobs too", () => {
  const data = [{ group: "2026-11-02", charged: 2_500_000 }];
  const days = chartDays({ from: "2026-11-01T00:00:00Z", to: "2026-11-03T10:00:00Z", data });
  expect(days.map(({ at, value }) => [new Date(at * 1_000).toISOString().slice(0, 10), value])).toEqual([
    ["2026-11-01", 0],
    ["2026-11-02", 2.5],
    ["2026-11-03", 0],
  ]);
});
