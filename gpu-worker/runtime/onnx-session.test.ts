import { expect, it } from "vitest";
import { describeOnnxRuntime } from "../../test/conformance/onnx-runtime.conformance.ts";
import { encodeModel } from "../graph/encode-model.ts";
import { GraphBuilder } from "../graph/graph-builder.ts";
import { exp } from "../graph/ops/arithmetic.ts";
import { createNodeRuntime } from "./onnx-session.ts";

describeOnnxRuntime(createNodeRuntime);

it("takes no bfloat16 inputs, and says which runtime does", async () => {
  const g = new GraphBuilder();
  g.output("y", exp(g, g.input("x", "float32", [1])));
  const session = await createNodeRuntime().createSession(encodeModel(g, "test").bytes);
  const x = { dtype: "bfloat16", data: Uint16Array.of(0x3f80), dims: [1] } as const;
  await expect(session.run({ x })).rejects.toThrow("takes no bfloat16 inputs; use the ffi runtime");
  await session.release();
});

it("refuses outputs that are no float32", async () => {
  const g = new GraphBuilder();
  g.output("y", g.node1("Identity", { inputs: [g.input("x", "int64", [1])] }, "int64", [1]));
  const session = await createNodeRuntime().createSession(encodeModel(g, "test").bytes);
  const x = { dtype: "int64", data: BigInt64Array.of(3n), dims: [1] } as const;
  await expect(session.run({ x })).rejects.toThrow("output y is int64; graphs give float32");
  await session.release();
});
