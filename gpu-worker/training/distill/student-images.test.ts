import { expect, it } from "vitest";
import { drawImages, itemNoises, studentInputs } from "./student-images.ts";
import type { VelocityNetwork } from "./velocity-network.ts";

/** u is the caption's only id in every place, and the calls are kept. */
function constantNetwork() {
  const calls: { ids: number; sigma: number }[][] = [];
  const network: Pick<VelocityNetwork, "forward"> = {
    async forward(_, items) {
      calls.push(items.map(({ ids, sigma }) => ({ ids: ids[0]!, sigma })));
      return items.map(({ ids, patches }) => patches.map(() => ids[0]!));
    },
  };
  return { network: network as VelocityNetwork, calls };
}

const weights = new Map();
const sigmas = Float32Array.of(1, 0.75, 0.25, 0);
const latentShape = [1, 1, 2] as const;
const batch = {
  texts: ["", "", ""],
  ids: [[8], [4], [2]],
  noises: [Float32Array.of(1, 2), Float32Array.of(0, 0), Float32Array.of(5, 5)],
  latentShape: [...latentShape] as [number, number, number],
};

it("leads each item as far as its stage by the student's own steps", async () => {
  const { network, calls } = constantNetwork();
  const inputs = await studentInputs(network, weights, { ...batch, stages: [2, 1, 0] }, sigmas);
  expect(inputs).toEqual([
    { ids: [8], sigma: 0.25, patches: Float32Array.of(1 + 8 * 0.75, 2 + 8 * 0.75) },
    { ids: [4], sigma: 0.75, patches: Float32Array.of(4 * 0.25, 4 * 0.25) },
    { ids: [2], sigma: 1, patches: batch.noises[2] },
  ]);
  // Only the items that go further are computed.
  expect(calls).toEqual([
    [
      { ids: 8, sigma: 1 },
      { ids: 4, sigma: 1 },
    ],
    [{ ids: 8, sigma: 0.75 }],
  ]);
});

it("draws images in Euler steps down to 0, and tells every state", async () => {
  const { network } = constantNetwork();
  const states: number[] = [];
  const images = await drawImages(network, weights, batch, sigmas, {
    onState: (step, all) => (states[step] = all[0]![0]!),
  });
  expect(images).toEqual([Float32Array.of(9, 10), Float32Array.of(4, 4), Float32Array.of(7, 7)]);
  expect(states).toEqual([1, 3, 7, 9]);
});

it("moves away from the negative caption by the guidance scale, and asks nothing of it at scale 0", async () => {
  const guided = constantNetwork();
  const images = await drawImages(guided.network, weights, batch, Float32Array.of(1, 0), {
    guidance: { scale: 2, negativeIds: [1] },
  });
  expect(images[0]).toEqual(Float32Array.of(1 + 8 + 2 * (8 - 1), 2 + 8 + 2 * (8 - 1)));
  expect(guided.calls[1]!.map(({ ids }) => ids)).toEqual([1, 1, 1]);
  const plain = constantNetwork();
  await drawImages(plain.network, weights, batch, Float32Array.of(1, 0), {
    guidance: { scale: 0, negativeIds: [1] },
  });
  expect(plain.calls).toHaveLength(1);
});

it("gives each item noise of its own", () => {
  const [first, second] = itemNoises(3, 2, 5);
  expect([first!.length, second!.length]).toEqual([5, 5]);
  expect(first).not.toEqual(second);
  expect(itemNoises(3, 1, 5)[0]).toEqual(first);
});
