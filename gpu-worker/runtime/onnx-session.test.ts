import { afterAll, expect, it } from "vitest";
import { PipelineError } from "../../shared/errors.ts";
import { encodeModel } from "../graph/encode-model.ts";
import { GraphBuilder } from "../graph/graph-builder.ts";
import { add, where } from "../graph/ops/arithmetic.ts";
import { createNodeRuntime, deviceCode } from "./onnx-session.ts";

const runtime = createNodeRuntime({ threads: 1 });
const g = new GraphBuilder();
const x = g.input("x", "float32", ["S", 2]);
g.output("doubled", add(g, x, x));
g.output("chosen", where(g, g.input("choice", "bool", ["S", 1]), x, g.floats([0], [1, 1])));
const session = await runtime.createSession(encodeModel(g, "test").bytes);
afterAll(() => session.release());

it("runs a graph at any size, and bools go in as bytes", async () => {
  for (const rows of [1, 3]) {
    const outputs = await session.run({
      x: { dtype: "float32", data: new Float32Array(2 * rows).fill(2), dims: [rows, 2] },
      choice: { dtype: "bool", data: new Uint8Array(rows).fill(1, 1), dims: [rows, 1] },
    });
    expect(outputs.get("doubled")).toEqual({
      dtype: "float32",
      data: new Float32Array(2 * rows).fill(4),
      dims: [rows, 2],
    });
    expect(outputs.get("chosen")?.data).toEqual(new Float32Array(2 * rows).fill(2, 2));
  }
});

it("keeps the runtime's own words in its errors", async () => {
  const run = session.run({
    x: { dtype: "float32", data: new Float32Array(3), dims: [1, 3] },
    choice: { dtype: "bool", data: new Uint8Array(1), dims: [1, 1] },
  });
  await expect(run).rejects.toThrow(PipelineError);
  await expect(run).rejects.toMatchObject({
    code: "run_failed",
    message: expect.stringContaining("Got invalid dimensions for input: x"),
  });
  await expect(runtime.createSession(new Uint8Array([1, 2, 3]))).rejects.toMatchObject({ code: "session_failed" });
});

it.each([
  ["CUDA failure 100: no CUDA-capable device is detected ; GPU=-1", "device_lost"],
  ["CUDA failure 214: uncorrectable ECC error encountered ; GPU=0", "device_lost"],
  ["CUDA failure 700: an illegal memory access was encountered ; GPU=0", "device_failed"],
  ["CUDA failure 719: unspecified launch failure ; GPU=0", "device_failed"],
  ["CUDA failure 2: out of memory ; GPU=0", undefined],
  ["Got invalid dimensions for input: x", undefined],
])("hears from %j that the device is: %s", (message, code) => {
  expect(deviceCode(message)).toBe(code);
});
