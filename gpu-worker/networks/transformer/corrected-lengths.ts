import { GraphBuilder } from "../../graph/graph-builder.ts";
import { add, mul } from "../../graph/ops/arithmetic.ts";
import { matMul } from "../../graph/ops/linear.ts";
import { reduceSum } from "../../graph/ops/reduction.ts";
import type { OnnxRuntime, OnnxSession } from "../../runtime/onnx-session.ts";
import type { StoredTensor } from "../../weights/formats/safetensors.ts";
import type { LowRank } from "../../weights/lora/lora-products.ts";
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
   * The lengths of `W + scale · up down`.
   * @param weight - `[out, in]`, in any form
   * @returns a value per row, or per column
   */
  async of(weight: StoredTensor, { down, up, scale }: LowRank, along: "rows" | "columns"): Promise<Float32Array> {
    this.#session ??= openSession(this.#runtime, squaresGraph(), "corrected lengths");
    const session = await this.#session;
    const [out = 0, features = 0] = weight.shape;
    const rank = down.rows;
    const downFeed = floatFeed(down.values(), [rank, features]);
    const ups = up.values().map((value) => scale * value);
    const squares = new Float64Array(along === "rows" ? out : features);
    const piece = Math.max(1, Math.floor(pieceValues / features));
    for (let row = 0; row < out; row += piece) {
      const count = Math.min(piece, out - row);
      const outputs = await session.run({
        weight: floatFeed(readTensorValues(weight, row * features, count * features), [count, features]),
        up: floatFeed(ups.subarray(row * rank, (row + count) * rank), [count, rank]),
        down: downFeed,
      });
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
