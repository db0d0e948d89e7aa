import { expect, it } from "vitest";
import { goldenAudit, goldenConfig } from "../../../test/support/engine/golden-audit.ts";
import { GraphBuilder } from "../graph-builder.ts";
import { recordingWeights } from "../weight-audit.ts";
import { controlNetConfig } from "./control-net-config.ts";
import { transformerConfig } from "./z-image-config.ts";
import { buildTransformer, type TransformerVariant, transformer, transformerInputs } from "./z-image-transformer.ts";

const config = goldenConfig("tiny-turbo/transformer", transformerConfig);

it("reads every weight once, with masks and without", () => {
  for (const masked of [false, true]) {
    expect(goldenAudit("tiny-turbo/transformer", [(g) => buildTransformer(g, config, { masked })])).toEqual([]);
  }
});

const inputNames = (variant: TransformerVariant) => {
  const g = new GraphBuilder({ weights: recordingWeights().source });
  buildTransformer(g, config, variant);
  return g.inputs.map(({ name }) => name);
};

it("has inputs for masks and for a ControlNet only where it is built with them", () => {
  const plain = inputNames({ masked: false });
  const added = (variant: TransformerVariant) => inputNames(variant).filter((name) => !plain.includes(name));
  expect(added({ masked: true })).toEqual(["patch_mask", "caption_mask"]);
  const controlNet = goldenConfig("tiny-controlnet-1.0", controlNetConfig);
  expect(added({ masked: false, controlNet })).toEqual(["control_patches", "control_scale"]);
});

it("gives the tokens of the image before those of the caption", () => {
  const g = new GraphBuilder({ weights: recordingWeights().source });
  const tokens = transformer(g, transformerInputs(g, config, { masked: true }), config);
  expect(tokens.dims).toEqual(["B", "S", 64]);
  // Keys in the same order as the tokens, or a mask would hide others.
  const joined = g.nodes
    .map(({ op, inputs }) => (op === "Concat" ? inputs.map((input) => input!.dims[1]) : []))
    .filter((lengths) => lengths.includes("X"));
  expect(joined).toEqual([
    ["X", "C"],
    ["X", "C"],
  ]);
});

it("takes a caption that another network gives in place of the input", () => {
  const g = new GraphBuilder({ weights: recordingWeights().source });
  const caption = g.input("hidden", "float32", ["B", "C", config.capFeatDim]);
  expect(transformerInputs(g, config, { masked: false, caption }).caption).toBe(caption);
  expect(g.inputs.map(({ name }) => name)).not.toContain("caption");
});
