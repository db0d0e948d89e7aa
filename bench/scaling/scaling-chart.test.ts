import { expect, it } from "vitest";
import { scalingChart } from "./scaling-chart.ts";
import type { Outcome } from "./simulate.ts";
import type { Trace } from "./traces.ts";

const trace = (name: string) => ({ name }) as Trace;
const outcome = (gpuHours: number) => ({ gpuHours, waitS: { p95: 12.4 } }) as Outcome;

it("draws each trace to its own scale, and escapes names", () => {
  const [day, night] = [trace("day & night"), trace("night")];
  const svg = scalingChart([
    { trace: day, policy: "ours", outcome: outcome(5) },
    { trace: day, policy: "step <scaling>", outcome: outcome(10) },
    { trace: night, policy: "ours", outcome: outcome(1) },
  ]);
  const widths = [...svg.matchAll(/<rect x="330" y="\d+" width="([\d.]+)"/g)].map(([, width]) => Number(width));
  expect(widths).toEqual([200, 400, 400]);
  expect(svg).toContain("day &amp; night");
  expect(svg).toContain("step &lt;scaling&gt;");
  expect(svg).toContain("5.0 h, p95 12 s");
});
