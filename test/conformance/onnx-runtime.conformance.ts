import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { encodeModel } from "../../gpu-worker/graph/encode-model.ts";
import { GraphBuilder } from "../../gpu-worker/graph/graph-builder.ts";
import { add, cast, where } from "../../gpu-worker/graph/ops/arithmetic.ts";
import { bundledLibrary } from "../../gpu-worker/runtime/ffi/ort-c-api.ts";
import type { NodeRuntimeOptions, OnnxRuntime, OnnxTensor } from "../../gpu-worker/runtime/onnx-session.ts";
import { PipelineError } from "../../shared/errors.ts";

/** What every way to ONNX Runtime must do. */
export function describeOnnxRuntime(createRuntime: (options: NodeRuntimeOptions) => OnnxRuntime): void {
  describe("ONNX Runtime", () => {
    const runtime = createRuntime({ threads: 1 });
    const open = () => runtime.createSession(encodeModel(doublingGraph(), "test").bytes);

    it("runs a graph at any size, and bools go in as bytes", async () => {
      const session = await open();
      for (const rows of [1, 3]) {
        const outputs = await session.run(doublingFeeds(rows));
        const doubled = { dtype: "float32", data: new Float32Array(2 * rows).fill(4), dims: [rows, 2] };
        expect(outputs.get("doubled")).toEqual(doubled);
        expect(outputs.get("chosen")?.data).toEqual(new Float32Array(2 * rows).fill(2, 2));
      }
      await session.release();
    });

    it("keeps the runtime's own words in its errors, and goes on after one", async () => {
      const session = await open();
      const run = session.run({
        ...doublingFeeds(1),
        x: { dtype: "float32", data: new Float32Array(3), dims: [1, 3] },
      });
      await expect(run).rejects.toThrow(PipelineError);
      await expect(run).rejects.toMatchObject({
        code: "run_failed",
        message: expect.stringContaining("Got invalid dimensions for input: x"),
      });
      expect((await session.run(doublingFeeds(2))).get("doubled")?.dims).toEqual([2, 2]);
      await session.release();
      await expect(runtime.createSession(new Uint8Array([1, 2, 3]))).rejects.toMatchObject({ code: "session_failed" });
    });

    // No GPU is lost here: names in the graph put CUDA's words into the runtime's messages.
    it.each([
      ["CUDA failure 100: no CUDA-capable device is detected", "device_lost"],
      ["CUDA failure 700: an illegal memory access was encountered", "device_failed"],
    ])("hears %j from a session that it makes and from a run", async (words, code) => {
      const unknownOperator = new GraphBuilder();
      unknownOperator.output("y", unknownOperator.node1(words, { inputs: [] }, "float32", [1]));
      const expected = { code, retryable: true, message: expect.stringMatching(`^ONNX Runtime: .*${words}`) };
      await expect(runtime.createSession(encodeModel(unknownOperator, "test").bytes)).rejects.toMatchObject(expected);

      const g = new GraphBuilder();
      g.output("y", cast(g, g.input(words, "float32", [1]), "float32"));
      const session = await runtime.createSession(encodeModel(g, "test").bytes);
      const run = session.run({ [words]: { dtype: "float32", data: new Float32Array(3), dims: [3] } });
      await expect(run).rejects.toMatchObject(expected);
      await session.release();
    });

    it("gives outputs that outlive their session", async () => {
      const session = await open();
      const outputs = await session.run(doublingFeeds(2));
      await session.release();
      expect(outputs.get("doubled")?.data).toEqual(new Float32Array(4).fill(4));
    });

    // This machine may have a GPU; what is missing then is another thing, or nothing.
    it("names what to do when the CUDA provider is missing", async () => {
      const provider = join(dirname(bundledLibrary()), "libonnxruntime_providers_cuda.so");
      if (existsSync(provider)) return;
      const session = createRuntime({ device: "cuda" }).createSession(encodeModel(doublingGraph(), "test").bytes);
      await expect(session).rejects.toMatchObject({
        code: "runtime_missing",
        retryable: false,
        message: expect.stringMatching(/^cuda cannot be used: .*run: npm run provider -- cuda12/),
      });
    });
  });
}

function doublingGraph(): GraphBuilder {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", ["S", 2]);
  g.output("doubled", add(g, x, x));
  g.output("chosen", where(g, g.input("choice", "bool", ["S", 1]), x, g.floats([0], [1, 1])));
  return g;
}

/** Twos, all but the first row chosen. */
function doublingFeeds(rows: number): Record<string, OnnxTensor> {
  return {
    x: { dtype: "float32", data: new Float32Array(2 * rows).fill(2), dims: [rows, 2] },
    choice: { dtype: "bool", data: new Uint8Array(rows).fill(1, 1), dims: [rows, 1] },
  };
}
