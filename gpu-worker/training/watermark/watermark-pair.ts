import { GraphBuilder } from "../../graph/graph-builder.ts";
import { add, mul, plus, sub, tanh, times } from "../../graph/ops/arithmetic.ts";
import { upsampleNearest2d } from "../../graph/ops/convolution.ts";
import { gemm } from "../../graph/ops/linear.ts";
import { reduceMean } from "../../graph/ops/reduction.ts";
import { reshape } from "../../graph/ops/shape.ts";
import type { Value } from "../../graph/value.ts";
import { payloadBits } from "../../watermark/watermark-payload.ts";
import type { TrainState } from "../train-state.ts";

/** Sides of the images that the pair takes, and of the cells in which it works. */
const pairSide = 256;
export const cellSide = 64;
/** The most that a cell is changed, of values −1 to 1. */
const amplitude = 0.06;

/** What a change of the image costs, beside a bit that is read wrongly. */
const changeWeight = 100;
/** One over the difference, of values −1 to 1, from which on a larger one hardly counts for more. */
const edgeLimit = 12;

const features = 3 * cellSide * cellSide;

/** A weight matrix of the pair, by its name: an input of a training step, or a constant of a finished network. */
type PairWeight = (name: string, dims: readonly [number, number]) => Value;

/** Change of each cell for a secret. @param secret - `[B, 100]`, 0 or 1 @returns `[B, 3, 64, 64]` */
function secretPattern(g: GraphBuilder, secret: Value, weight: PairWeight): Value {
  const signs = plus(g, times(g, secret, 2), -1); // [B, 100]
  const pattern = times(
    g,
    tanh(g, gemm(g, signs, weight("encoder", [features, payloadBits]), { transB: true })),
    amplitude,
  ); // [B, 3 · 64 · 64]
  return reshape(g, pattern, [secret.dims[0]!, 3, cellSide, cellSide]);
}

/**
 * Logits of the bits in an image, from what its cells differ from their surroundings.
 * @param cells - `[B, 3, 64, 64]`
 * @returns `[B, 100]`
 */
function readCells(g: GraphBuilder, cells: Value, weight: PairWeight): Value {
  const around = upsampleNearest2d(g, averaged(g, cells, cellSide, 2));
  // Edges of what the image shows are far stronger than any pattern, and say nothing about it.
  const detail = tanh(g, times(g, sub(g, cells, around), edgeLimit));
  const rows = reshape(g, detail, [cells.dims[0]!, features]);
  return gemm(g, rows, weight("decoder", [payloadBits, features]), { transB: true });
}

/** Mean of squares of `factor` × `factor`. @param x - `[B, 3, side, side]` */
function averaged(g: GraphBuilder, x: Value, side: number, factor: number): Value {
  const part = side / factor;
  const parts = reshape(g, x, [x.dims[0]!, 3, part, factor, part, factor]);
  return reduceMean(g, parts, [3, 5]); // [B, 3, part, part]
}

/**
 * Loss of the pair on a batch: how far the bits that are read are from those that were written, and how much the images
 * were changed for it.
 * Inputs: `cells` `[B, 3, 64, 64]`, `disturbance` of the same, `secret` `[B, 100]`.
 */
export function pairLoss(g: GraphBuilder, batch: number): Value {
  const dims = [batch, 3, cellSide, cellSide];
  const cells = g.input("cells", "float32", dims);
  const disturbance = g.input("disturbance", "float32", dims);
  const secret = g.input("secret", "float32", [batch, payloadBits]);
  const weight: PairWeight = (name, dims) => g.weight(name, dims);
  const pattern = secretPattern(g, secret, weight);
  const logits = readCells(g, add(g, add(g, cells, pattern), disturbance), weight);
  const wrong = sub(g, tanh(g, logits), plus(g, times(g, secret, 2), -1));
  const everything = (x: Value) => x.dims.map((_, axis) => axis);
  const error = reduceMean(g, mul(g, wrong, wrong), everything(wrong));
  const change = reduceMean(g, mul(g, pattern, pattern), everything(pattern));
  return add(g, error, times(g, change, changeWeight));
}

/** The encoder as a network of its own, in TrustMark's form. */
export function encoderGraph(tensors: TrainState["tensors"]): GraphBuilder {
  const g = new GraphBuilder();
  const image = g.input("image", "float32", [1, 3, pairSide, pairSide]);
  const pattern = secretPattern(g, g.input("secret", "float32", [1, payloadBits]), constantOf(g, tensors));
  g.output("marked", add(g, image, upsampleNearest2d(g, upsampleNearest2d(g, pattern))));
  return g;
}

/** The decoder as a network of its own. */
export function decoderGraph(tensors: TrainState["tensors"]): GraphBuilder {
  const g = new GraphBuilder();
  const image = g.input("image", "float32", [1, 3, pairSide, pairSide]);
  g.output("bits", readCells(g, averaged(g, image, pairSide, pairSide / cellSide), constantOf(g, tensors)));
  return g;
}

function constantOf(g: GraphBuilder, tensors: TrainState["tensors"]): PairWeight {
  return (name, dims) => {
    const { data } = tensors.get(name)!;
    return g.constant(name, "float32", dims, new Uint8Array(Float32Array.from(data).buffer));
  };
}
