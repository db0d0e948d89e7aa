import { expect, it } from "vitest";
import { type MemoryDemand, type ModelWeights, planMemory, stepDown } from "./memory-plan.ts";

/**
 * The released model: 6.15 G parameters, Qwen3-4B without its token table, 84 M in the VAE; 4 bits, a sixth in 8, and a
 * float32 scale per 32 values are 0.72 bytes.
 */
const parameters = { textEncoder: 3.63e9, transformer: 6.155e9, vae: 0.084e9 };
const form = (precision: ModelWeights["precision"], bytes: number): ModelWeights => ({
  precision,
  textEncoder: bytes * parameters.textEncoder,
  transformer: bytes * parameters.transformer,
  vae: 4 * parameters.vae,
});
const all = [form("int4", 0.72), form("bfloat16", 2), form("int8", 1.125)];
const demand = (memoryGb: number, more: Partial<MemoryDemand> = {}): MemoryDemand => ({
  device: "cuda",
  memoryBytes: memoryGb * 1e9,
  weights: all,
  dim: 3840,
  width: 1024,
  height: 1024,
  batch: 2,
  ...more,
});

it.each([
  [7, "int4", "sequential"],
  [8, "int4", "encoder-first"],
  [12, "int8", "encoder-first"],
  [16, "bfloat16", "encoder-first"],
  [24, "bfloat16", "encoder-first"],
  [48, "bfloat16", "resident"],
] as const)("a GPU of %i GB runs %s, %s", (memoryGb, precision, residency) => {
  const plan = planMemory(demand(memoryGb));
  expect(plan).toMatchObject({ precision, residency, fits: true });
  expect(plan.peakBytes).toBeLessThan(memoryGb * 1e9);
  expect(plan.reason).toContain(`of ${memoryGb}.0 GB on cuda at 1024×1024`);
});

it("keeps the VAE whole where there is room, and cuts it where there is none", () => {
  expect(planMemory(demand(48)).vaeTile).toBeUndefined();
  expect(planMemory(demand(8)).vaeTile).toBe(64);
});

it("streams float32 weights on a CPU with less memory than they take, and on no GPU", () => {
  const float32 = { weights: [form("float32", 4)] };
  expect(planMemory(demand(16, { ...float32, device: "cpu" }))).toMatchObject({ residency: "streamed", fits: true });
  expect(planMemory(demand(16, float32))).toMatchObject({ fits: false });
});

it("says what to do when nothing fits", () => {
  const plan = planMemory(demand(4, { weights: [form("bfloat16", 2)] }));
  expect(plan).toMatchObject({ residency: "sequential", batch: 1, fits: false });
  expect(plan.reason).toContain("use int4 weights or smaller images");
});

it("never needs more for a smaller image, nor chooses more than asked", () => {
  for (const memoryGb of [8, 12, 16, 24, 48]) {
    const small = planMemory(demand(memoryGb, { width: 512, height: 512, batch: 1 }));
    expect(small.batch).toBe(1);
    if (small.precision === planMemory(demand(memoryGb)).precision) expect(small.fits).toBe(true);
  }
});

it("steps down to one network, small tiles and one item", () => {
  expect(stepDown(planMemory(demand(48)))).toMatchObject({ residency: "sequential", vaeTile: 64, batch: 1 });
});
