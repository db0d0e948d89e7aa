import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { describeOnnxRuntime } from "../../../test/conformance/onnx-runtime.conformance.ts";
import { encodeModel } from "../../graph/encode-model.ts";
import { GraphBuilder } from "../../graph/graph-builder.ts";
import { cast, exp } from "../../graph/ops/arithmetic.ts";
import { matMul } from "../../graph/ops/linear.ts";
import { elementCount } from "../../tensor.ts";
import type { OnnxTensor } from "../onnx-session.ts";
import { createFfiRuntime } from "./ffi-runtime.ts";

describeOnnxRuntime(createFfiRuntime);

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

  it("fixes sizes by their names, and passes configuration on by the runtime's own keys", async () => {
    const { bytes } = encodeModel(exponentialGraph(), "test");
    const feeds = (size: number) => ({ x: { dtype: "float32", data: new Float32Array(size), dims: [size] } as const });
    const sessionConfig = { "session.record_ep_graph_assignment_info": "1" };
    const session = await createFfiRuntime({ fixedSizes: { S: 3 }, sessionConfig }).createSession(bytes);
    expect((await session.run(feeds(3))).get("y")?.dims).toEqual([3]);
    await expect(session.run(feeds(2))).rejects.toMatchObject({ code: "run_failed" });
    expect(session.assignments().map(({ provider }) => provider)).toContain("CPUExecutionProvider");
    await session.release();
  });

  it("says what the runtime does not take", async () => {
    const { bytes } = encodeModel(exponentialGraph(), "test");
    const runtime = createFfiRuntime({ sessionConfig: { ["k".repeat(2000)]: "1" } });
    await expect(runtime.createSession(bytes)).rejects.toMatchObject({ code: "session_failed" });
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
    const another = () => createFfiRuntime({ memoryLimitBytes: activationBytes + 1 });
    expect(another).toThrow(`the CPU's memory is limited to ${activationBytes} bytes already`);
    expect(() => createFfiRuntime({ memoryLimitBytes: activationBytes })).not.toThrow();
  });
});

function exponentialGraph(): GraphBuilder {
  const g = new GraphBuilder();
  g.output("y", exp(g, g.input("x", "float32", ["S"])));
  return g;
}

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
