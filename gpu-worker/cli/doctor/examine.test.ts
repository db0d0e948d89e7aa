import { expect, it } from "vitest";
import { estimateSeconds, peakTeraflops } from "./estimate-seconds.ts";
import { type DoctorReport, describeDoctor, examine } from "./examine.ts";

it("finds the CPU of this machine, and a remedy for everything that is not usable", async () => {
  const report = await examine();
  expect(report.backends[0]).toMatchObject({ device: "cpu", usable: true });
  for (const { usable, remedy } of report.backends) if (!usable) expect(remedy).toMatch(/run: |install/);
  expect(
    report.models.filter(({ device }) => device === "cpu").map(({ precision, size }) => `${precision} ${size}`),
  ).toContain("int4 1024×1024");
});

it("prints what fits, and calls seconds an estimate", () => {
  const report: DoctorReport = {
    cpu: "2 × a CPU",
    speeds: { float32: 100, int8: 130, int4: 120, w8a8: 340 },
    backends: [
      { device: "cpu", name: "CPU", usable: true, memoryBytes: 8e9 },
      { device: "cuda", name: "CUDA", usable: false, remedy: "no driver" },
    ],
    models: [
      {
        device: "cpu",
        precision: "int4",
        size: "512×512",
        fits: true,
        plan: "int4, resident",
        estimate: { seconds: 90, basis: "x" },
      },
      { device: "cpu", precision: "int8", size: "512×512", fits: false, plan: "int8, sequential" },
    ],
  };
  const text = describeDoctor(report);
  expect(text).toContain("2 × a CPU; products measured here in GFLOP/s: w8a8 340, int8 130, int4 120, float32 100");
  expect(text).toContain("  yes  CPU, 8.0 GB");
  expect(text).toContain("  no   CUDA: no driver");
  expect(text).toContain("  yes  cpu 512×512 int4, resident; about 90 s an image (estimate: x)");
  expect(text).toContain("  no   cpu 512×512 int8, sequential");
});

it("estimates from work and speed, and says nothing where it knows nothing", () => {
  // 464 TFLOP at 60 % of 362 TFLOP/s.
  expect(estimateSeconds({ device: "cuda", side: 1024, precision: "bfloat16", peak: 362 })?.seconds).toBeCloseTo(
    2.14,
    2,
  );
  expect(estimateSeconds({ device: "cuda", side: 1024, precision: "bfloat16" })).toBeUndefined();
  expect(estimateSeconds({ device: "webgpu", side: 1024, precision: "int4" })).toBeUndefined();
  // 464 TFLOP at 232 GFLOP/s.
  const speeds = { w8a8: 232 };
  expect(estimateSeconds({ device: "cpu", side: 1024, precision: "w8a8", speeds })?.seconds).toBeCloseTo(2000, 6);
  expect(peakTeraflops("NVIDIA L4")).toBe(121);
  expect(peakTeraflops("NVIDIA L40S")).toBe(362);
  expect(peakTeraflops("Voodoo 2")).toBeUndefined();
});
