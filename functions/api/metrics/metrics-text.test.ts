import { expect, it } from "vitest";
import { histogramSamples, metricsText } from "./metrics-text.ts";

it("writes a metric's help and type, then a line for each sample", () => {
  const samples = [{ labels: { lane: "batch", state: "queued" }, value: 3 }, { value: 0.5 }];
  expect(metricsText([{ name: "jobs", type: "gauge", help: "Jobs.", samples }])).toBe(
    '# HELP jobs Jobs.\n# TYPE jobs gauge\njobs{lane="batch",state="queued"} 3\njobs 0.5\n',
  );
});

it("keeps a label on its line, whatever characters its value has", () => {
  const samples = [{ labels: { route: 'a"b\\c\nd' }, value: 1 }];
  const lines = metricsText([{ name: "n", type: "counter", help: "h", samples }]).split("\n");
  expect(lines.slice(2)).toEqual(['n{route="a\\"b\\\\c\\nd"} 1', ""]);
});

it("writes nothing for no metrics", () => {
  expect(metricsText([])).toBe("");
});

it("gives a histogram a bucket for each bound and for the rest, its sum and its count", () => {
  const samples = histogramSamples([0.1, 1], { within: [2, 5], sum: 7.25, count: 6 }, { route: "/v1/jobs" });
  const lines = metricsText([{ name: "d", type: "histogram", help: "h", samples }]).split("\n");
  expect(lines.slice(2, -1)).toEqual([
    'd_bucket{route="/v1/jobs",le="0.1"} 2',
    'd_bucket{route="/v1/jobs",le="1"} 5',
    'd_bucket{route="/v1/jobs",le="+Inf"} 6',
    'd_sum{route="/v1/jobs"} 7.25',
    'd_count{route="/v1/jobs"} 6',
  ]);
});
