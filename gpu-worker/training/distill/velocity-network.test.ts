import { expect, it, onTestFinished } from "vitest";
import { expectClose } from "../../../test/support/engine/golden-tensors.ts";
import { runtime } from "../../../test/support/engine/run-graph.ts";
import {
  smallLatentShape,
  smallNetwork,
  smallVelocity,
} from "../../../test/support/training/small-velocity-network.ts";
import { GraphBuilder } from "../../graph/graph-builder.ts";
import { times } from "../../graph/ops/arithmetic.ts";
import { concat } from "../../graph/ops/shape.ts";
import { floatFeed } from "../../networks/open-session.ts";
import type { NoisyItem } from "../flow/transformer-batch.ts";
import type { StepRunner } from "../steps/step-runner.ts";
import { velocityNetwork } from "./velocity-network.ts";

const items: NoisyItem[] = [
  { ids: [1], sigma: 0.5, patches: Float32Array.from({ length: 16 }, (_, i) => i / 16) },
  { ids: [2], sigma: 1, patches: Float32Array.from({ length: 16 }, (_, i) => -i / 16) },
];

it("computes with the weights that it is given, not with its first ones", async () => {
  const network = smallNetwork(1);
  const other = smallNetwork(2);
  onTestFinished(async () => {
    for (const one of [network, other]) await one.release();
  });
  const velocities = await network.forward(other.initial, items, smallLatentShape);
  const weights = new Map(Array.from(other.initial, ([name, { data }]) => [name, data]));
  items.forEach((item, index) => {
    expectClose(velocities[index]!, smallVelocity(weights, item), 1e-5);
  });
  const { "outer.bias": _, ...incomplete } = Object.fromEntries(other.initial);
  await expect(network.forward(new Map(Object.entries(incomplete)), items, smallLatentShape)).rejects.toThrow(
    "no weights called outer.bias for the forward run",
  );
});

/**
 * Two tokens of two numbers for each item, filled up to three, and one of its caption; u is twice x, or thrice with
 * masks.
 */
function doublingNetwork(masked: boolean) {
  const runs: Parameters<StepRunner["run"]>[1][] = [];
  const sequence = (length: number, count: number) => ({
    length,
    count,
    values: new Float32Array(length * 2),
    padding: new Uint8Array(length),
    positions: new Int32Array(3 * length),
  });
  const network = velocityNetwork(
    {
      async batchOf(noisy) {
        const patches = Float32Array.from(noisy.flatMap((item) => [...item.patches, 9, 9]));
        return {
          masked,
          items: noisy.map(() => ({ image: sequence(3, 2), caption: sequence(1, 1) })),
          feeds: {
            patches: floatFeed(patches, [noisy.length, 3, 2]),
            caption: floatFeed(new Float32Array(noisy.length * 2), [noisy.length, 1, 2]),
          },
        };
      },
      build(withMasks) {
        const g = new GraphBuilder();
        const patches = g.input("patches", "float32", ["B", "X", 2]);
        const tokens = [times(g, patches, withMasks ? 3 : 2), g.input("caption", "float32", ["B", "C", 2])];
        return { g, tokens: concat(g, tokens, 1, "S") };
      },
      runner: {
        initialState: () => ({ step: 0, tensors: new Map() }),
        async run(state, batch) {
          runs.push(batch);
          return { state, loss: 0, gradNorm: 0, outputs: new Map() };
        },
        release: async () => {},
      },
    },
    runtime,
  );
  onTestFinished(() => network.release());
  return { network, runs };
}
const two: NoisyItem[] = [
  { ids: [], sigma: 1, patches: Float32Array.of(1, 2, 3, 4) },
  { ids: [], sigma: 1, patches: Float32Array.of(5, 6, 7, 8) },
];

it.each([
  ["without masks", false, 2],
  ["with masks where the captions' lengths differ", true, 3],
])("gives the image's tokens without their filling, %s", async (_, masked, factor) => {
  const { network } = doublingNetwork(masked);
  const velocities = await network.forward(new Map(), two, [1, 2, 2]);
  expect(velocities).toEqual(two.map(({ patches }) => patches.map((value) => factor * value)));
});

it("takes a step of flow matching towards the targets, which leaves the filling out", async () => {
  const { network, runs } = doublingNetwork(false);
  const targets = [Float32Array.of(1, 1, 1, 1), Float32Array.of(2, 2, 2, 2)];
  const scalars = { learningRate: 0.5, emaDecay: 0.9 };
  await network.step(network.initialState(), { items: two, targets, latentShape: [1, 2, 2], ...scalars });
  const [{ feeds, ...rest }] = runs as [(typeof runs)[number]];
  expect(rest).toEqual({ ...scalars, masked: false });
  expect([...(feeds.target!.data as Float32Array)]).toEqual([1, 1, 1, 1, 0, 0, 2, 2, 2, 2, 0, 0]);
  // 1 / (2 · 2 · 2)
  expect([...(feeds.target_weight!.data as Float32Array)]).toEqual([0.125, 0.125, 0, 0.125, 0.125, 0]);
  expect([...(feeds.patches!.data as Float32Array)].slice(0, 6)).toEqual([1, 2, 3, 4, 9, 9]);
});
