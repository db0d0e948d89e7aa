import { GraphBuilder } from "../graph/graph-builder.ts";
import { linearProduct } from "../graph/ops/linear.ts";
import type { LinearWeight } from "../graph/weight-source.ts";
import type { OnnxRuntime, OnnxSession } from "../runtime/onnx-session.ts";
import { floatFeed, openSession } from "./open-session.ts";

/**
 * Size of the layer that is measured: large enough to leave the caches of a core, small enough to take some hundredths
 * of a second.
 */
const [rows, width, out] = [128, 2048, 1024] as const;
const rotation = 256;
const rounds = 8;
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
 * Multiply a small layer in each form that weights may have on a CPU, which takes about a tenth of a second. The forms
 * take turns: what else runs on the machine then slows all of them down, and not the one that had its turn. The
 * products of integers are looked at too: processors without VNNI or AMX add pairs of them in 16 bits, which large
 * codes overflow without a word.
 */
export async function measureProducts(runtime: OnnxRuntime): Promise<ProductSpeeds> {
  const blocks = (bits: 4 | 8) => (g: GraphBuilder) => {
    const [blockSize, count] = [32, width / 32] as const;
    const packedDims = [out, count, (blockSize * bits) / 8] as const;
    const bytes = new Uint8Array(codes(out * count * packedDims[2]).buffer);
    const packed = g.constant("weight", "uint8", packedDims, bytes);
    const scales = g.constant("scales", "float32", [out, count], floatBytes(ones(out * count)));
    return { blocks: { bits, blockSize, packed, scales } };
  };
  const [float32, int8, int4, w8a8] = await timeLayers(runtime, [
    (g) => ({ float: g.constant("weight", "float32", [out, width], floatBytes(codes(out * width))) }),
    blocks(8),
    blocks(4),
    (g) => {
      const weight = codes(out * width).fill(largestCode, 0, width);
      const rowScales = g.constant("scales", "float32", [out], floatBytes(ones(out)));
      const stored = g.constant("weight", "int8", [out, width], new Uint8Array(weight.buffer));
      return { rotated: { rotation, codes: stored, rowScales, products: "u8s8" } };
    },
  ]);
  // A row of ones stays one when it is rotated: all its codes, and all of the first row of the weight, are the largest
  // there are.
  const expected = width * largestCode;
  const isRight = Math.abs(w8a8.first - expected) < 1e-3 * expected;
  return { float32: float32.speed, int8: int8.speed, int4: int4.speed, w8a8: isRight ? w8a8.speed : undefined };
}

interface TimedLayer {
  /** Of the fastest run. */
  readonly speed: number;
  /** First value of the product with a matrix of ones. */
  readonly first: number;
}

type Forms = readonly [WeightOf, WeightOf, WeightOf, WeightOf];
type WeightOf = (g: GraphBuilder) => LinearWeight;

/** In the order of the forms. */
async function timeLayers(
  runtime: OnnxRuntime,
  forms: Forms,
): Promise<[TimedLayer, TimedLayer, TimedLayer, TimedLayer]> {
  const feeds = { x: floatFeed(ones(rows * width), [rows, width]) };
  const sessions: OnnxSession[] = [];
  try {
    for (const weight of forms) {
      const g = new GraphBuilder();
      g.output("y", linearProduct(g, g.input("x", "float32", [rows, width]), weight(g)));
      sessions.push(await openSession(runtime, g, "product"));
    }
    const firsts: number[] = [];
    for (const session of sessions) firsts.push((await session.run(feeds)).get("y")!.data[0] as number);
    const fastest = sessions.map(() => Number.POSITIVE_INFINITY);
    for (let round = 0; round < rounds; round++) {
      for (const [form, session] of sessions.entries()) {
        const start = performance.now();
        await session.run(feeds);
        fastest[form] = Math.min(fastest[form]!, performance.now() - start);
      }
    }
    const timed = (form: number): TimedLayer => {
      return { speed: (2 * rows * width * out) / fastest[form]! / 1e6, first: firsts[form]! };
    };
    return [timed(0), timed(1), timed(2), timed(3)];
  } finally {
    for (const session of sessions) await session.release();
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
