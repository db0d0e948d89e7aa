import { expect, it } from "vitest";
import { goldenConfig, weightReads } from "../../../test/support/engine/golden-audit.ts";
import { goldenCheckpoint } from "../../../test/support/engine/golden-tensors.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import { GraphBuilder } from "../graph-builder.ts";
import type { Value } from "../value.ts";
import { recordingWeights } from "../weight-audit.ts";
import { controlHints, controlNetInputs } from "./control-net.ts";
import { type ControlNetConfig, controlNetConfig } from "./control-net-config.ts";
import { transformerConfig } from "./z-image-config.ts";

const base = goldenConfig("tiny-turbo/transformer", transformerConfig);

/** The hints in a graph whose streams are inputs. */
function build(g: GraphBuilder, config: ControlNetConfig): Map<number, Value> {
  const tokens = (name: string, length: string) => g.input(name, "float32", ["B", length, base.dim]);
  const blocks = (name: string, length: string) => ({
    rotary: {
      cos: g.input(`${name}_cos`, "float32", ["R", base.headDim / 2]),
      sin: g.input(`${name}_sin`, "float32", ["R", base.headDim / 2]),
      positions: g.input(`${name}_positions`, "int64", ["B", length]),
    },
    timeEmbedding: g.input(`${name}_time`, "float32", ["B", base.timeEmbeddingDim]),
  });
  const shared = {
    imageTokens: tokens("image_tokens", "X"),
    imagePadding: g.input("padding", "bool", ["B", "X", 1]),
    image: tokens("image", "X"),
    text: tokens("text", "C"),
    unified: tokens("unified", "S"),
    imageBlocks: blocks("image", "X"),
    unifiedBlocks: blocks("unified", "S"),
  };
  return controlHints(g, controlNetInputs(g, config, base.patchSize), shared, base);
}
const open = (config: ControlNetConfig) => {
  const g = new GraphBuilder({ weights: recordingWeights().source });
  return { g, hints: build(g, config) };
};

it.each([
  "tiny-controlnet-1.0",
  "tiny-controlnet-2.1",
])("reads every weight of %s, and of the transformer only what it shares", (name) => {
  const config = goldenConfig(name, controlNetConfig);
  const reads = new Set(weightReads([(g) => void build(g, config)]).map((read) => read.name));
  const stored = [...openCheckpoint(goldenCheckpoint(name)).tensors.keys()].filter((tensor) =>
    tensor.startsWith("control_"),
  );
  expect(stored.filter((tensor) => !reads.has(tensor))).toEqual([]);
  const shared = [...reads].filter((tensor) => !stored.includes(tensor));
  // Its own view of the image goes through the transformer's refiner, unless it has plain blocks.
  const isShared = config.refiner === "plain" ? /^x_pad_token$/ : /^(x_pad_token|noise_refiner\..*)$/;
  expect(shared.filter((tensor) => !isShared.test(tensor))).toEqual([]);
  expect(shared).toContain("x_pad_token");
});

it("gives a hint for each place, of the size of the joint sequence, times the scale", () => {
  const config = { ...goldenConfig("tiny-controlnet-1.0", controlNetConfig), places: [0, 1] };
  const { g, hints } = open(config);
  expect([...hints.keys()]).toEqual([0, 1]);
  const scale = g.inputs.find(({ name }) => name === "control_scale");
  for (const hint of hints.values()) {
    expect(hint.dims).toEqual(["B", "S", base.dim]);
    const maker = g.nodes.find(({ outputs }) => outputs.includes(hint));
    expect([maker?.op, maker?.inputs[1]]).toEqual(["Mul", scale]);
  }
});

it("uses the control layers themselves for the refiner's hints where they have none of their own", () => {
  const config = {
    ...goldenConfig("tiny-controlnet-2.1", controlNetConfig),
    places: [0, 1],
    refinerPlaces: [0],
    refiner: "control_layers" as const,
  };
  const names = weightReads([(g) => void build(g, config)]).map((read) => read.name);
  expect(names.some((name) => name.startsWith("control_noise_refiner."))).toBe(false);
  for (const layer of ["control_layers.0.before_proj", "control_layers.1.after_proj"]) {
    expect(names.filter((name) => name === `${layer}.weight`)).toHaveLength(2);
  }
});
