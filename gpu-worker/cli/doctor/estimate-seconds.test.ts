import { availableParallelism } from "node:os";
import { expect, it } from "vitest";
import { estimateSeconds, peakTeraflops } from "./estimate-seconds.ts";

it("takes 60 % of a GPU's peak", () => {
  // 464 TFLOP at 0.6 · 100 TFLOP/s.
  expect(estimateSeconds({ device: "cuda", side: 1024, precision: "bfloat16", peak: 100 })?.seconds).toBeCloseTo(
    464 / 60,
    6,
  );
});

it("prefers what was measured on this processor to what one of its kind does", () => {
  const request = { device: "cpu", side: 256, precision: "int8" } as const;
  expect(estimateSeconds({ ...request, speeds: { int8: 369 } })).toMatchObject({
    seconds: expect.closeTo(100, 6),
    basis: expect.stringContaining("measured here"),
  });
  expect(estimateSeconds(request)?.seconds).toBeCloseTo(36.9 / (0.257 * availableParallelism()), 6);
});

it.each([
  { device: "cpu", side: 768, precision: "float32" },
  { device: "cuda", side: 1024, precision: "bfloat16" },
  { device: "webgpu", side: 1024, precision: "float32" },
  { device: "cpu", side: 1024, precision: "bfloat16" },
] as const)("knows nothing of %j", (request) => expect(estimateSeconds(request)).toBeUndefined());

it.each([
  ["NVIDIA H200", 989],
  ["NVIDIA L4", 121],
  ["NVIDIA L40S", 362],
  ["NVIDIA GeForce RTX 4090", 165],
  ["NVIDIA T4", undefined],
])("knows the peak of %s: %s", (gpu, peak) => expect(peakTeraflops(gpu)).toBe(peak));
