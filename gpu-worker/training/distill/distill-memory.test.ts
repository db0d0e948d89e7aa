import { expect, it } from "vitest";
import { type DistillDemand, describeDistillMemory, distillMemory } from "./distill-memory.ts";

// The 6B transformer; LoRA of rank 64 on attention and feed-forward: 64 · (8 · 3840 + 3 · (3840 + 10240)) in 34 blocks.
const trained = 64 * (8 * 3840 + 3 * (3840 + 10240)) * 34;
const released: DistillDemand = {
  transformer: { dim: 3840, heads: 30, feedForwardHidden: 10240, layers: 30, refinerLayers: 2 },
  values: 6_154_908_736,
  studentValues: trained,
  fakeValues: trained,
  sharedSessions: true,
  batchSize: 1,
  tokens: 1024 + 64,
  recompute: "blocks",
  weightsMiB: 100_000,
};
const large = { ...released, tokens: 4096 + 64 };
const gigabytes = (bytes: number) => bytes / 1e9;

it("states 57 GB for the 6B model at 512 × 512 and 68 GB at 1024 × 1024, as worked out by hand from the sizes of its tensors", () => {
  expect(trained / 1e6).toBeCloseTo(158.8, 1);
  const plan = distillMemory(released);
  expect(gigabytes(plan.forwardWeights)).toBeCloseTo(24.6, 1);
  expect(gigabytes(plan.stepWeights)).toBeCloseTo(24.6, 1);
  expect(gigabytes(plan.trained)).toBeCloseTo(5.7, 1);
  expect(gigabytes(plan.activations)).toBeCloseTo(1.7, 1);
  expect(gigabytes(plan.total)).toBeCloseTo(56.7, 0);
  expect(gigabytes(distillMemory(large).activations)).toBeCloseTo(12.9, 0);
  expect(gigabytes(distillMemory(large).total)).toBeCloseTo(68, 0);
});

it("states half of the frozen weights for bfloat16", () => {
  expect(gigabytes(distillMemory(released, 2).total)).toBeCloseTo(32, 0);
  expect(describeDistillMemory(released)).toBe(
    "memory: about 56.7 GB in float32: 24.6 GB of weights for forward runs and 24.6 GB for steps, 5.7 GB that learn, 1.7 GB of activations; a copy of the frozen weights in bfloat16 would make it 32.1 GB",
  );
});

it("counts sessions, batches, whole networks and what recomputing saves", () => {
  const of = (changes: Partial<DistillDemand>) => distillMemory({ ...released, ...changes });
  expect(gigabytes(of({ weightsMiB: 2048 }).total)).toBeCloseTo(56.7 - 24.6 + 2.1, 0);
  expect(of({ sharedSessions: false }).forwardWeights).toBe(2 * of({}).forwardWeights);
  expect(of({ batchSize: 4 }).activations).toBeCloseTo(4 * of({}).activations, -3);
  expect(of({ recompute: "none" }).activations).toBeGreaterThan(15 * of({}).activations);
  // Teacher; student and fake with moments and average; gradients: ten lists of 24.6 GB.
  const whole = of({ studentValues: released.values, fakeValues: released.values });
  expect(gigabytes(whole.total - whole.activations)).toBeCloseTo(246.2, 0);
  expect(whole.stepWeights).toBe(0);
});
