import { expect, it } from "vitest";
import { createReport, reportOf } from "./report.ts";

function printed(json: boolean, value: number, detail?: string): string {
  const lines: string[] = [];
  reportOf(
    "api",
    createReport(json, (line) => lines.push(line)),
  )("p50", value, "ms", detail);
  return lines.join("\n");
}

it("prints three digits, or whole numbers from a hundred, and the conditions where there are some", () => {
  expect(printed(false, 1.23456)).toMatch(/^api +p50 +1\.23 ms$/);
  expect(printed(false, 1_234.56, "20 runs")).toMatch(/^api +p50 +1235 ms +20 runs$/);
});

it("prints the figure as it was measured as JSON", () => {
  expect(JSON.parse(printed(true, 1.23456, ""))).toEqual({ bench: "api", what: "p50", value: 1.23456, unit: "ms" });
});
