import { expect, it } from "vitest";
import { feed, runtime } from "../../../test/support/engine/run-graph.ts";
import type { VaeConfig } from "../../graph/architectures/z-image-config.ts";
import { GraphBuilder } from "../../graph/graph-builder.ts";
import { openSession } from "../../networks/open-session.ts";
import { elementCount } from "../../tensor.ts";
import { trainedWeights } from "../trained-weights.ts";
import { vaeLoss } from "./vae-loss.ts";

const config: VaeConfig = {
  imageChannels: 3,
  latentChannels: 2,
  blockOutChannels: [2, 2, 2, 2],
  layersPerBlock: 1,
  norm: { groups: 1, eps: 1e-6 },
  scalingFactor: 1,
  shiftFactor: 0,
};

// With all weights zero the decoder gives its last bias and the encoder its own, so every term can be worked out by
// hand.
it("adds up L1, MSE, half the L1 of differences, and the weighted KL", async () => {
  const g = new GraphBuilder({ weights: trainedWeights() });
  g.output("loss", vaeLoss(g, config, { batchSize: 1, side: 16 }));
  const session = await openSession(runtime, g, "vae_loss");
  const parameters = Object.fromEntries(
    g.parameters.map(({ name, dims }) => {
      const shape = dims as readonly number[];
      const values = new Array<number>(elementCount(shape)).fill(0);
      if (name === "encoder.conv_out.bias") values.splice(0, 4, 3, 3, 0, 0); // mean 3, log-variance 0
      if (name === "decoder.conv_out.bias") values.fill(0.5);
      return [name, feed(shape, values)];
    }),
  );
  const image = Array.from({ length: 3 * 16 * 16 }, (_, i) => (i % 2 === 0 ? 1 : 0)); // error −0.5 and 0.5 in columns
  const outputs = await session.run({
    ...parameters,
    image: feed([1, 3, 16, 16], image),
    noise: feed([1, 2, 2, 2], new Array(8).fill(1)),
    kl_weight: feed([], [0.1]),
  });
  await session.release();
  const value = (name: string) => Number(outputs.get(name)!.data[0]);
  expect(value("mse")).toBeCloseTo(0.25, 6);
  expect(value("kl")).toBeCloseTo(4.5, 6); // ½ · 3²
  // L1 0.5, MSE 0.25, horizontal differences of 1 in every place, vertical ones of 0.
  expect(value("loss")).toBeCloseTo(0.5 + 0.25 + 0.5 * 1 + 0.1 * 4.5, 5);
});
