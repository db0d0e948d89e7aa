import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildTextEncoder } from "../graph/architectures/text-encoder.ts";
import { buildVaeDecoder } from "../graph/architectures/vae-decoder.ts";
import { buildVaeEncoder } from "../graph/architectures/vae-encoder.ts";
import { textEncoderConfig, transformerConfig, vaeConfig } from "../graph/architectures/z-image-config.ts";
import { buildTransformer } from "../graph/architectures/z-image-transformer.ts";
import { GraphBuilder } from "../graph/graph-builder.ts";
import { recordingWeights } from "../graph/weight-audit.ts";
import { checkFullSize } from "./check-full-size.ts";

const released = fileURLToPath(new URL("../weights/released", import.meta.url));

async function check(folder: string): Promise<{ ok: boolean; output: string }> {
  const lines: string[] = [];
  const ok = await checkFullSize(folder, (line) => lines.push(line));
  return { ok, output: lines.join("\n") };
}

it("finds that every released tensor is read once in its exact shape", async () => {
  const { ok, output } = await check(released);
  expect(output).not.toContain("DIFFERS");
  expect(output).toMatch(/z-image +transformer +521 of 521 tensors +6,154,908,736 parameters/);
  // 3,532,578,560 in 35 layers + 388,956,160 embeddings
  expect(output).toMatch(/text encoder +386 of 398 tensors +3,921,534,720 parameters/);
  expect(output).toMatch(/VAE +244 of 244 tensors +83,819,683 parameters/);
  expect(ok).toBe(true);
});

describe("with a changed tensor list or config", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "released-"));
    cpSync(released, folder, { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function edit(path: string, from: string | RegExp, to: string) {
    const before = readFileSync(join(folder, path), "utf8");
    const after = before.replace(from, to);
    expect(after).not.toBe(before);
    writeFileSync(join(folder, path), after);
  }

  it.each([
    [
      "an extra tensor",
      '"x_pad_token": [1, 3840],',
      '"x_pad_token": [1, 3840], "extra": [1],',
      "extra [1] is read 0 times, expected once",
    ],
    [
      "a missing tensor",
      '"x_pad_token": [1, 3840],',
      "",
      "x_pad_token [1, 3840] is read, but the checkpoint has no such tensor",
    ],
    [
      "another shape",
      '"x_pad_token": [1, 3840]',
      '"x_pad_token": [3840]',
      "x_pad_token is read as [1, 3840], but stored as [3840]",
    ],
  ])("fails for %s", async (_, from, to, message) => {
    edit("state-dict-full.json", from, to);
    const { ok, output } = await check(folder);
    expect(ok).toBe(false);
    expect(output).toContain(message);
  });

  it("fails for another number of layers", async () => {
    edit("z-image/transformer/config.json", '"n_layers": 30', '"n_layers": 29');
    const { ok, output } = await check(folder);
    expect(ok).toBe(false);
    expect(output).toContain("layers.29.attention.to_q.weight [3840, 3840] is read 0 times");
  });
});

describe("norm epsilons at the released configurations", () => {
  const config = (component: string): unknown =>
    JSON.parse(readFileSync(join(released, "z-image-turbo", component, "config.json"), "utf8"));
  const epsilons = (op: string, build: (g: GraphBuilder) => void) => {
    const g = new GraphBuilder({ weights: recordingWeights().source });
    build(g);
    return new Set(g.nodes.filter((node) => node.op === op).map(({ attributes }) => attributes.epsilon));
  };
  const transformer = (g: GraphBuilder) =>
    buildTransformer(g, transformerConfig.parse(config("transformer")), { masked: false });

  it.each([
    ["transformer RMS norms", 1e-5, "SimplifiedLayerNormalization", transformer],
    ["transformer final layer norm", 1e-6, "LayerNormalization", transformer],
    [
      "text encoder RMS norms",
      1e-6,
      "SimplifiedLayerNormalization",
      (g: GraphBuilder) => buildTextEncoder(g, textEncoderConfig.parse(config("text_encoder"))),
    ],
    [
      "VAE decoder group norms",
      1e-6,
      "InstanceNormalization",
      (g: GraphBuilder) => buildVaeDecoder(g, vaeConfig.parse(config("vae"))),
    ],
    [
      "VAE encoder group norms",
      1e-6,
      "InstanceNormalization",
      (g: GraphBuilder) => buildVaeEncoder(g, vaeConfig.parse(config("vae"))),
    ],
  ])("%s: %s", (_, expected, op, build) => {
    expect(epsilons(op, build)).toEqual(new Set([expected]));
  });
});
