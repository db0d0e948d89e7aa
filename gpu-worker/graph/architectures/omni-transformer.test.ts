import { expect, it } from "vitest";
import { goldenAudit, goldenConfig } from "../../../test/support/engine/golden-audit.ts";
import { GraphBuilder } from "../graph-builder.ts";
import { recordingWeights } from "../weight-audit.ts";
import { buildOmniTransformer, omniStreams } from "./omni-transformer.ts";
import { transformerConfig } from "./z-image-config.ts";

const config = goldenConfig("tiny-omni/transformer", transformerConfig);

it("reads every weight, those of time for noisy and for clean tokens, and none of the vision features' without them", () => {
  const problems = (siglip: boolean, isUnused?: (name: string) => boolean) =>
    goldenAudit("tiny-omni/transformer", [(g) => buildOmniTransformer(g, config, { siglip })], isUnused);
  const ofTime = /^\S*(t_embedder|adaLN_modulation)\S* \S+( \S+)? is read 2 times, expected once$/;
  expect(problems(true).filter((problem) => !ofTime.test(problem))).toEqual([]);
  expect(problems(true)).toHaveLength(problems(false, (name) => name.startsWith("siglip_")).length);
});

it("has inputs of the same four kinds for each stream", () => {
  const inputs = (siglip: boolean) => {
    const g = new GraphBuilder({ weights: recordingWeights().source });
    buildOmniTransformer(g, config, { siglip });
    return g.inputs.map(({ name }) => name);
  };
  const kinds = (stream: string) => [stream, `${stream}_padding`, `${stream}_positions`, `${stream}_noisy`];
  expect(inputs(true)).toEqual(expect.arrayContaining(omniStreams.flatMap(kinds)));
  expect(inputs(true).filter((name) => !inputs(false).includes(name))).toEqual(kinds("siglip"));
});

it("joins captions, images and features in the order of the streams", () => {
  const g = new GraphBuilder({ weights: recordingWeights().source });
  buildOmniTransformer(g, config, { siglip: true });
  const joined = g.nodes
    .filter(({ op, inputs }) => op === "Concat" && inputs[0]!.dims[1] === "C")
    .map(({ inputs }) => inputs.map((input) => input!.dims[1]));
  expect(joined).toEqual([
    ["C", "X", "G"], // which tokens are noisy
    ["C", "X", "G"], // positions
    ["C", "X", "G"], // tokens
  ]);
});

it("refuses vision features for a model that has none", () => {
  const g = new GraphBuilder({ weights: recordingWeights().source });
  const blind = { ...config, siglipFeatDim: undefined };
  expect(() => buildOmniTransformer(g, blind, { siglip: true })).toThrow("the config has no siglip_feat_dim");
});
