import { GraphBuilder } from "../../graph/graph-builder.ts";
import { add, mul } from "../../graph/ops/arithmetic.ts";
import { matMul } from "../../graph/ops/linear.ts";
import { reduceSum } from "../../graph/ops/reduction.ts";
import type { OnnxRuntime, OnnxSession, OnnxTensor } from "../../runtime/onnx-session.ts";
import type { StoredTensor } from "../../weights/formats/safetensors.ts";
import type { Delta, Kronecker, LowRank } from "../../weights/lora/lora-products.ts";
import { readTensorValues } from "../../weights/tensor-values.ts";
import { floatFeed, openSession } from "../open-session.ts";

/** Rows of a weight are read in pieces of about this many values. */
const pieceValues = 4_000_000;

/**
 * Lengths of the rows or columns of corrected weights, which DoRA divides by. The runtime multiplies: in JavaScript the
 * layers of the released model would take minutes. One session serves all layers.
 */
export class CorrectedLengths {
  readonly #runtime: OnnxRuntime;
  #session: Promise<OnnxSession> | undefined;

  constructor(runtime: OnnxRuntime) {
    this.#runtime = runtime;
  }

  /**
   * The lengths of the weight with its correction.
   * @param weight - `[out, in]`, in any form
   * @returns a value per row, or per column
   */
  async of(weight: StoredTensor, delta: Delta, along: "rows" | "columns"): Promise<Float32Array> {
    this.#session ??= openSession(this.#runtime, squaresGraph(), "corrected lengths");
    const session = await this.#session;
    const [out = 0, features = 0] = weight.shape;
    const feedsOf = delta.kind === "kronecker" ? kroneckerFeeds(delta, features) : lowRankFeeds(delta, features);
    const squares = new Float64Array(along === "rows" ? out : features);
    const piece = Math.max(1, Math.floor(pieceValues / features));
    for (let row = 0; row < out; row += piece) {
      const count = Math.min(piece, out - row);
      const values = readTensorValues(weight, row * features, count * features);
      const outputs = await session.run(feedsOf(values, row, count));
      const sums = outputs.get(along)!.data as Float32Array;
      const first = along === "rows" ? row : 0;
      sums.forEach((sum, i) => {
        squares[first + i]! += sum;
      });
    }
    return Float32Array.from(squares, Math.sqrt);
  }

  async release(): Promise<void> {
    const session = await this.#session;
    this.#session = undefined;
    await session?.release();
  }
}

/** Inputs of `squaresGraph` for rows `first` to `first + count − 1` of a weight. */
type Feeds = (values: Float32Array, first: number, count: number) => Record<string, OnnxTensor>;

function lowRankFeeds({ down, up, scale }: LowRank, features: number): Feeds {
  const rank = down.rows;
  const downFeed = floatFeed(down.values(), [rank, features]);
  const ups = up.values().map((value) => scale * value);
  return (values, first, count) => ({
    weight: floatFeed(values, [count, features]),
    up: floatFeed(ups.subarray(first * rank, (first + count) * rank), [count, rank]),
    down: downFeed,
  });
}

/** A Kronecker product has one product a value: it is added here, and nothing is left to multiply. */
function kroneckerFeeds({ left, right, scale }: Kronecker, features: number): Feeds {
  const [lefts, rights] = [left.values(), right.values()];
  const down = floatFeed(new Float32Array(features), [1, features]);
  return (values, first, count) => {
    for (let row = 0; row < count; row++) {
      const leftStart = Math.floor((first + row) / right.rows) * left.columns;
      const rightStart = ((first + row) % right.rows) * right.columns;
      for (let column = 0, at = row * features; column < left.columns; column++) {
        const factor = scale * lefts[leftStart + column]!;
        for (let i = 0; i < right.columns; i++, at++) values[at]! += factor * rights[rightStart + i]!;
      }
    }
    const weight = floatFeed(values, [count, features]);
    return { weight, up: floatFeed(new Float32Array(count), [count, 1]), down };
  };
}

/** R rows, D columns, K the rank. */
function squaresGraph(): GraphBuilder {
  const g = new GraphBuilder();
  const weight = g.input("weight", "float32", ["R", "D"]);
  const delta = matMul(g, g.input("up", "float32", ["R", "K"]), g.input("down", "float32", ["K", "D"]));
  const corrected = add(g, weight, delta); // [R, D]
  const squares = mul(g, corrected, corrected);
  g.output("rows", reduceSum(g, squares, [1]));
  g.output("columns", reduceSum(g, squares, [0]));
  return g;
}
