import { expect, it } from "vitest";
import { groupInstanceRequirements, managedInstanceRequirements } from "./instance-requirements.ts";

const machines = {
  instanceTypes: ["g6.*"],
  gpuMemoryGiB: 22,
  maxVcpus: 16,
  spotPriceAbovePercent: 300,
  onDemandPriceAbovePercent: 150,
};

it("asks both kinds of fleet for one NVIDIA GPU with the same memory", () => {
  expect(groupInstanceRequirements("Spot", machines)).toMatchObject({
    vCpuCount: { min: 4, max: 16 },
    memoryMiB: { min: 14_336 },
    acceleratorCount: { min: 1, max: 1 },
    acceleratorTotalMemoryMiB: { min: 22_528 },
  });
  const managed = managedInstanceRequirements("Spot", machines);
  expect(managed).toMatchObject({ vCpuCountMin: 4, vCpuCountMax: 16, allowedInstanceTypes: ["g6.*"] });
  expect(managed.acceleratorTotalMemoryMin?.toMebibytes()).toBe(22_528);
});

it.each([
  groupInstanceRequirements,
  managedInstanceRequirements,
])("allows each kind its own price: %o", (requirements) => {
  const prices = (kind: "Spot" | "OnDemand") =>
    Object.entries(requirements(kind, machines)).filter(([name]) => name.includes("Price"));
  expect(prices("Spot")).toEqual([["spotMaxPricePercentageOverLowestPrice", 300]]);
  expect(prices("OnDemand")).toEqual([["onDemandMaxPricePercentageOverLowestPrice", 150]]);
});
