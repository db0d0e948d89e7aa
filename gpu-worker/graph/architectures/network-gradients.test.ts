import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { type GradientCheck, gradientError } from "../../../test/support/engine/finite-differences.ts";
import { goldenCheckpoint } from "../../../test/support/engine/golden-tensors.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import { add, exp, mul } from "../ops/arithmetic.ts";
import { concat } from "../ops/shape.ts";
import type { Value } from "../value.ts";
import { textEncoder } from "./text-encoder.ts";
import { vaeDecoder } from "./vae-decoder.ts";
import { vaeEncoder } from "./vae-encoder.ts";
import { textEncoderConfig, vaeConfig } from "./z-image-config.ts";

// The transformer's gradients are compared with the reference's own in the case unit_train_step. These networks have no
// such case: finite differences of an element of every weight show that no operator on the way is missing. The limit
// allows for the curvature of many layers; each operator's own test is strict.

const configOf = (component: string) =>
  JSON.parse(readFileSync(`${goldenCheckpoint("tiny-turbo")}/${component}/config.json`, "utf8"));
const limit = 2e-2;
const small: NonNullable<GradientCheck["draw"]> = (random) => 0.6 * random() - 0.3;
const check = (inputs: GradientCheck["inputs"], build: GradientCheck["build"]) =>
  gradientError({ inputs, build, seeds: [1], elements: 1, draw: small });

it("passes the text encoder, in batches", async () => {
  const config = textEncoderConfig.parse(configOf("text_encoder"));
  const rotaryInputs = (g: GraphBuilder) => ({
    cos: g.input("cos", "float32", [4, config.headDim / 2]),
    sin: g.input("sin", "float32", [4, config.headDim / 2]),
    positions: g.input("positions", "int64", ["B", "T"]),
  });
  const error = await check({ a: ["B", "T", config.hiddenSize] }, (g, { a }) =>
    textEncoder(g, a, rotaryInputs(g), config),
  );
  expect(error).toBeLessThan(limit);
});

const vae = vaeConfig.parse(configOf("vae"));

it("passes the VAE decoder, in batches", async () => {
  const error = await check({ a: ["N", vae.latentChannels, 2, "w"] }, (g, { a }) => vaeDecoder(g, a, vae));
  expect(error).toBeLessThan(limit);
});

it("passes the VAE encoder and the draw from its distribution", async () => {
  const error = await check({ a: ["N", 3, 16, "8*w"] }, (g, { a }) => {
    const { mean, logvar } = vaeEncoder(g, a, vae);
    const noise: Value = g.input("noise", "float32", mean.dims);
    const drawn = add(g, mean, mul(g, exp(g, logvar), noise));
    return concat(g, [drawn, logvar], 1, 2 * vae.latentChannels);
  });
  expect(error).toBeLessThan(limit);
});
