import { expect, it } from "vitest";
import { goldenAudit, goldenConfig } from "../../../test/support/engine/golden-audit.ts";
import { gradientError } from "../../../test/support/training/finite-differences.ts";
import { GraphBuilder } from "../graph-builder.ts";
import { add, exp, mul } from "../ops/arithmetic.ts";
import { concat } from "../ops/shape.ts";
import { recordingWeights } from "../weight-audit.ts";
import { buildVaeEncoder, vaeEncoder } from "./vae-encoder.ts";
import { vaeConfig } from "./z-image-config.ts";

const config = goldenConfig("tiny-turbo/vae", vaeConfig);

it("reads every weight of the encoder once, and none of the decoder", () => {
  const build = (g: GraphBuilder) => buildVaeEncoder(g, config);
  expect(goldenAudit("tiny-turbo/vae", [build], (name) => name.startsWith("decoder."))).toEqual([]);
});

it("gives mean and log-variance at an eighth of the sides, the latter limited", () => {
  const g = new GraphBuilder({ weights: recordingWeights().source });
  const { mean, logvar } = vaeEncoder(g, g.input("image", "float32", [1, 3, 16, 24]), config);
  expect([mean.dims, logvar.dims]).toEqual([
    [1, 16, 2, 3],
    [1, 16, 2, 3],
  ]);
  const maker = (value: typeof mean) => g.nodes.find(({ outputs }) => outputs.includes(value))?.op;
  expect([maker(mean), maker(logvar)]).toEqual(["Split", "Clip"]);
});

// See text-encoder.test.ts for the limit.
it("passes gradients, and through the draw from its distribution", async () => {
  const error = await gradientError({
    inputs: { a: ["N", 3, 16, "8*w"] },
    build: (g, { a }) => {
      const { mean, logvar } = vaeEncoder(g, a, config);
      const drawn = add(g, mean, mul(g, exp(g, logvar), g.input("noise", "float32", mean.dims)));
      return concat(g, [drawn, logvar], 1, 2 * config.latentChannels);
    },
    seeds: [1],
    elements: 1,
    draw: (random) => 0.6 * random() - 0.3,
  });
  expect(error).toBeLessThan(2e-2);
});
