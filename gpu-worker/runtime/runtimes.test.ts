import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { PipelineError } from "../../shared/errors.ts";
import { encodeModel } from "../graph/encode-model.ts";
import { GraphBuilder } from "../graph/graph-builder.ts";
import { add, cast, where } from "../graph/ops/arithmetic.ts";
import { matMul } from "../graph/ops/linear.ts";
import { elementCount } from "../tensor.ts";
import { createFfiRuntime } from "./ffi/ffi-runtime.ts";
import { bundledLibrary } from "./ffi/ort-c-api.ts";
import { createNodeRuntime, type OnnxTensor } from "./onnx-session.ts";

const runtimes = { "onnxruntime-node": createNodeRuntime, "the C API": createFfiRuntime };

describe.each(Object.entries(runtimes))("%s", (_name, createRuntime) => {
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
    const run = session.run({ ...doublingFeeds(1), x: { dtype: "float32", data: new Float32Array(3), dims: [1, 3] } });
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
});

describe("the C API alone", () => {
  it("leaves the event loop free, stops in the middle of a run and gives back its memory", async () => {
    let canceled = false;
    const runtime = createFfiRuntime({ threads: 1, isCanceled: () => canceled });
    const session = await runtime.createSession(encodeModel(longGraph(), "test").bytes);
    const feeds = longFeeds();
    const before = process.memoryUsage.rss();
    const run = session.run(feeds);
    // The graph takes minutes: that the next line is reached in its middle shows that the run does not hold this
    // thread.
    while (process.memoryUsage.rss() - before < 2 * activationBytes) await sleep(10);
    canceled = true;
    const asked = process.cpuUsage();
    await expect(run).rejects.toMatchObject({ code: "canceled" });
    // Processor time, not wall time: other processes do not count.
    const { user, system } = process.cpuUsage(asked);
    expect((user + system) / 1e6).toBeLessThan(1);
    expect(process.memoryUsage.rss() - before).toBeLessThan(1.5 * activationBytes); // the arena's first piece stays
    await session.release();
    expect(process.memoryUsage.rss() - before).toBeLessThan(activationBytes);
  }, 180_000);

  it("refuses work while the flag is up", async () => {
    const runtime = createFfiRuntime({ isCanceled: () => true });
    await expect(runtime.createSession(new Uint8Array())).rejects.toMatchObject({ code: "canceled" });
  });

  it("takes bfloat16 inputs", async () => {
    const g = new GraphBuilder();
    g.output("y", cast(g, g.input("x", "bfloat16", [3]), "float32"));
    const session = await createFfiRuntime().createSession(encodeModel(g, "test").bytes);
    const data = Uint16Array.of(0x3f80, 0xc000, 0x3f00); // 1, -2, 0.5
    const outputs = await session.run({ x: { dtype: "bfloat16", data, dims: [3] } });
    expect(outputs.get("y")?.data).toEqual(Float32Array.of(1, -2, 0.5));
    await session.release();
  });

  // Last: the limit holds for every session that this process makes from here on.
  it("keeps to a memory limit, and says so in words of the runtime", async () => {
    const runtime = createFfiRuntime({ threads: 1, memoryLimitBytes: activationBytes });
    const session = await runtime.createSession(encodeModel(longGraph(), "test").bytes);
    await expect(session.run(longFeeds())).rejects.toMatchObject({
      code: "run_failed",
      message: expect.stringMatching(/memory/i),
    });
    await session.release();
  });
});

const batch = 16;
const side = 512;
const activationBytes = 4 * batch * side * side;

function longFeeds(): Record<string, OnnxTensor> {
  const filled = (...dims: number[]): OnnxTensor => {
    const data = new Float32Array(elementCount(dims)).fill(1 / side);
    return { dtype: "float32", data, dims };
  };
  return { x: filled(batch, side, side), w: filled(side, side) };
}

/** Minutes of work in operators of some tens of milliseconds. */
function longGraph(): GraphBuilder {
  const g = new GraphBuilder();
  let y = g.input("x", "float32", ["B", "S", "S"]);
  const w = g.input("w", "float32", ["S", "S"]);
  for (let layer = 0; layer < 2_000; layer++) y = matMul(g, y, w);
  g.output("y", y);
  return g;
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

// This machine may have a GPU; what is missing then is another thing, or nothing.
it.each([
  ["onnxruntime-node", createNodeRuntime],
  ["the C API", createFfiRuntime],
])("%s names what to do when the CUDA provider is missing", async (_name, createRuntime) => {
  const provider = join(dirname(bundledLibrary()), "libonnxruntime_providers_cuda.so");
  if (existsSync(provider)) return;
  const session = createRuntime({ device: "cuda" }).createSession(encodeModel(doublingGraph(), "test").bytes);
  await expect(session).rejects.toMatchObject({
    code: "runtime_missing",
    retryable: false,
    message: expect.stringMatching(/^cuda cannot be used: .*run: npm run provider -- cuda12/),
  });
});
