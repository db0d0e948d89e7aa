import { GraphBuilder } from "../graph/graph-builder.ts";
import type { AttentionForm } from "../graph/graph-options.ts";
import { cast } from "../graph/ops/arithmetic.ts";
import { multiHeadAttention } from "../graph/ops/attention.ts";
import type { Value } from "../graph/value.ts";
import type { FfiDevice } from "../runtime/ffi/ffi-runtime.ts";
import type { OnnxRuntime } from "../runtime/onnx-session.ts";
import { type ModelOptions, openSession } from "./open-session.ts";

const tokens = 64;
const headDim = 64;
/** Between rounding, below 1e-5 in float32 and 1e-2 in bfloat16, and an attention over wrong keys, above 0.1. */
const tolerance = { float32: 1e-3, bfloat16: 0.05 };

/**
 * From the fastest on; `decomposed` is what they are measured by. On CUDA the standard operator is flash attention in
 * bfloat16 too.
 */
const candidates: Readonly<Record<Exclude<FfiDevice, "cpu">, readonly AttentionForm[]>> = {
  cuda: ["standard", "fused"],
  webgpu: ["fused"],
};

/**
 * The fastest form of attention that computes attention on a device. A fused operator may not: that of WebGPU is a
 * shader that takes for granted how many lanes a subgroup has; on a device with fewer it leaves out keys and says
 * nothing, so that every image would be wrong. On a GPU a small attention is therefore computed in each form.
 */
export async function chooseAttention(
  device: FfiDevice,
  runtime: OnnxRuntime,
  { computeDtype = "float32" }: Pick<ModelOptions, "computeDtype"> = {},
): Promise<AttentionForm> {
  if (device === "cpu") return "fused";
  const expected = await attend(runtime, "decomposed", computeDtype);
  for (const form of candidates[device]) {
    const actual = await attend(runtime, form, computeDtype);
    const distance = expected.reduce((most, value, at) => Math.max(most, Math.abs(value - actual[at]!)), 0);
    if (distance < tolerance[computeDtype]) return form;
  }
  return "decomposed";
}

/** @returns `[1, tokens, headDim]` of inputs that are the same each time */
async function attend(
  runtime: OnnxRuntime,
  attention: AttentionForm,
  computeDtype: keyof typeof tolerance,
): Promise<Float32Array> {
  const g = new GraphBuilder({ attention, computeDtype });
  const dims = [1, tokens, headDim];
  const [q, k, v] = ["q", "k", "v"].map((name) => cast(g, g.input(name, "float32", dims), computeDtype)) as [
    Value,
    Value,
    Value,
  ];
  g.output("y", cast(g, multiHeadAttention(g, q, k, v, { heads: 1 }), "float32"));
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
