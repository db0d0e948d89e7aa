import { expect, it } from "vitest";
import { chartDays } from "./chart-days.ts";

it("has every day of the report, those without jobs too", () => {
  const data = [{ group: "2026-11-02", charged: 2_500_000 }];
  const [days, amounts] = chartDays({ from: "2026-11-01T00:00:00Z", to: "2026-11-03T10:00:00Z", data });
  expect(days.map((day) => new Date(day * 1_000).toISOString().slice(0, 10))).toEqual([
    "2026-11-01",
    "2026-11-02",
    "2026-11-03",
  ]);
  expect(amounts).toEqual([0, 2.5, 0]);
});
