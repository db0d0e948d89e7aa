import { type AttentionForm, GraphBuilder, type Value } from "../graph/graph-builder.ts";
import { multiHeadAttention } from "../graph/ops/attention.ts";
import type { FfiDevice } from "../runtime/ffi-runtime.ts";
import type { OnnxRuntime } from "../runtime/onnx-session.ts";
import { openSession } from "./open-session.ts";

const tokens = 64;
const headDim = 64;
/** Between rounding, below 1e-5, and an attention over wrong keys, above 0.1. */
const tolerance = 1e-3;

/**
 * The form of attention that is right and fast on a device. On CUDA it is the standard operator, which is flash attention in bfloat16.
 *
 * That of WebGPU may be wrong: it is a shader that takes for granted how many lanes a subgroup has; on a device with fewer it leaves out
 * keys and says nothing, so that every picture would be wrong. A small attention is computed both ways to find out.
 */
export async function chooseAttention(device: FfiDevice | undefined, runtime: OnnxRuntime): Promise<AttentionForm> {
  if (device !== "webgpu") return device === "cuda" ? "standard" : "fused";
  const [fused, decomposed] = [await attend(runtime, "fused"), await attend(runtime, "decomposed")];
  const distance = fused.reduce((most, value, at) => Math.max(most, Math.abs(value - decomposed[at]!)), 0);
  return distance < tolerance ? "fused" : "decomposed";
}

/** @returns `[1, tokens, headDim]` of inputs that are the same each time */
async function attend(runtime: OnnxRuntime, attention: AttentionForm): Promise<Float32Array> {
  const g = new GraphBuilder({ attention });
  const dims = [1, tokens, headDim];
  const [q, k, v] = ["q", "k", "v"].map((name) => g.input(name, "float32", dims)) as [Value, Value, Value];
  g.output("y", multiHeadAttention(g, q, k, v, { heads: 1 }));
  const session = await openSession(runtime, g, "attention");
  try {
    const feed = (phase: number) => {
      const data = Float32Array.from({ length: tokens * headDim }, (_, at) => Math.sin((at + 1) * (1 + phase)));
      return { dtype: "float32", data, dims } as const;
    };
    const outputs = await session.run({ q: feed(0.1), k: feed(0.2), v: feed(0.3) });
    return outputs.get("y")!.data as Float32Array;
  } finally {
    await session.release();
  }
}
