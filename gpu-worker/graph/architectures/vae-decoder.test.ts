import { expect, it } from "vitest";
import { goldenAudit, goldenConfig } from "../../../test/support/engine/golden-audit.ts";
import { gradientError } from "../../../test/support/training/finite-differences.ts";
import { GraphBuilder } from "../graph-builder.ts";
import { recordingWeights } from "../weight-audit.ts";
import { buildVaeDecoder, vaeDecoder } from "./vae-decoder.ts";
import { vaeConfig } from "./z-image-config.ts";

const config = goldenConfig("tiny-turbo/vae", vaeConfig);

it("reads every weight of the decoder once, and none of the encoder", () => {
  const build = (g: GraphBuilder) => buildVaeDecoder(g, config);
  expect(goldenAudit("tiny-turbo/vae", [build], (name) => name.startsWith("encoder."))).toEqual([]);
});

it("doubles the sides between blocks: eight pixels per latent", () => {
  const g = new GraphBuilder({ weights: recordingWeights().source });
  const latents = g.input("latents", "float32", [1, config.latentChannels, 2, 3]);
  expect(vaeDecoder(g, latents, config).dims).toEqual([1, 3, 16, 24]);
});

// See text-encoder.test.ts for the limit.
it("passes gradients, in batches", async () => {
  const error = await gradientError({
    inputs: { a: ["N", config.latentChannels, 2, "w"] },
    build: (g, { a }) => vaeDecoder(g, a, config),
    seeds: [1],
    elements: 1,
    draw: (random) => 0.6 * random() - 0.3,
  });
  expect(error).toBeLessThan(2e-2);
});
