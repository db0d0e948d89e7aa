import { GraphBuilder } from "../graph/graph-builder.ts";
import { linearProduct } from "../graph/ops/linear.ts";
import type { LinearWeight } from "../graph/weight-source.ts";
import type { OnnxRuntime } from "../runtime/onnx-session.ts";
import { floatFeed, openSession } from "./open-session.ts";

/**
 * Size of the layer that is measured: large enough to leave the caches of a core, small enough to take some hundredths
 * of a second.
 */
const [rows, width, out] = [128, 2048, 1024] as const;
const rotation = 256;
const runs = 5;
const largestCode = 127;

/** What matrix products of linear layers reach here, in GFLOP per second of all threads together. */
export interface ProductSpeeds {
  readonly float32: number;
  readonly int8: number;
  readonly int4: number;
  /** Absent where the products come out wrong. */
  readonly w8a8?: number;
}

/**
 * Multiply a small layer in each form that weights may have on a CPU, which takes about a tenth of a second. The
 * products of integers are looked at too: processors without VNNI or AMX add pairs of them in 16 bits, which large
 * codes overflow without a word.
 */
export async function measureProducts(runtime: OnnxRuntime): Promise<ProductSpeeds> {
  const float32 = await timeLayer(runtime, (g) => {
    return { float: g.constant("weight", "float32", [out, width], floatBytes(codes(out * width))) };
  });
  const blocks = (bits: 4 | 8) =>
    timeLayer(runtime, (g) => {
      const [blockSize, count] = [32, width / 32] as const;
      const packedDims = [out, count, (blockSize * bits) / 8] as const;
      const bytes = new Uint8Array(codes(out * count * packedDims[2]).buffer);
      const packed = g.constant("weight", "uint8", packedDims, bytes);
      const scales = g.constant("scales", "float32", [out, count], floatBytes(ones(out * count)));
      return { blocks: { bits, blockSize, packed, scales } };
    });
  const int8 = await blocks(8);
  const int4 = await blocks(4);
  const w8a8 = await timeLayer(runtime, (g) => {
    const weight = codes(out * width).fill(largestCode, 0, width);
    const rowScales = g.constant("scales", "float32", [out], floatBytes(ones(out)));
    const stored = g.constant("weight", "int8", [out, width], new Uint8Array(weight.buffer));
    return { rotated: { rotation, codes: stored, rowScales, products: "u8s8" } };
  });
  // A row of ones stays one when it is rotated: all its codes, and all of the first row of the weight, are the largest
  // there are.
  const expected = width * largestCode;
  const isRight = Math.abs(w8a8.first - expected) < 1e-3 * expected;
  return { float32: float32.speed, int8: int8.speed, int4: int4.speed, w8a8: isRight ? w8a8.speed : undefined };
}

/** @returns the speed of the fastest run, and the first value of the product with a matrix of ones */
async function timeLayer(
  runtime: OnnxRuntime,
  weight: (g: GraphBuilder) => LinearWeight,
): Promise<{ speed: number; first: number }> {
  const g = new GraphBuilder();
  g.output("y", linearProduct(g, g.input("x", "float32", [rows, width]), weight(g)));
  const session = await openSession(runtime, g, "product");
  try {
    const feeds = { x: floatFeed(ones(rows * width), [rows, width]) };
    const first = (await session.run(feeds)).get("y")!.data[0] as number;
    let fastest = Number.POSITIVE_INFINITY;
    for (let run = 0; run < runs; run++) {
      const start = performance.now();
      await session.run(feeds);
      fastest = Math.min(fastest, performance.now() - start);
    }
    return { speed: (2 * rows * width * out) / fastest / 1e6, first };
  } finally {
    await session.release();
  }
}

/** −127..127, the same each time. */
function codes(count: number): Int8Array<ArrayBuffer> {
  return Int8Array.from({ length: count }, (_, at) => ((at * 7919) % 255) - 127);
}

function ones(count: number): Float32Array<ArrayBuffer> {
  return new Float32Array(count).fill(1);
}

function floatBytes(values: ArrayLike<number>): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}
