import { expect, it, onTestFinished } from "vitest";
import { encodeModel } from "../../graph/encode-model.ts";
import { GraphBuilder } from "../../graph/graph-builder.ts";
import { add, times } from "../../graph/ops/arithmetic.ts";
import type { OnnxTensor } from "../onnx-session.ts";
import { CapturedRuns } from "./captured-runs.ts";
import { type NativeRun, NativeSession } from "./native-session.ts";
import { bundledLibrary } from "./ort-c-api.ts";
import { openApi } from "./ort-environment.ts";

const api = openApi(bundledLibrary());

async function create(model: Uint8Array): Promise<NativeSession> {
  const options = api.native.make("CreateSessionOptions");
  try {
    return await NativeSession.create(api, model, options);
  } finally {
    api.native.value("ReleaseSessionOptions", options);
  }
}

/**
 * `y = 2a + b` on the CPU in the place of a device: it records nothing, but is given the same values to compute with.
 * @param allocate - in place of the device's
 */
async function open(allocate?: () => never) {
  const g = new GraphBuilder();
  const [a, b] = [g.input("a", "float32", ["S"]), g.input("b", "float32", ["S"])];
  g.output("y", add(g, times(g, a, 2), b));
  const native = await create(encodeModel(g, "test").bytes);
  const runs: NativeRun[] = [];
  const session = {
    outputNames: native.outputNames,
    run(run: NativeRun) {
      runs.push(run);
      return native.run(run);
    },
    allocate: allocate ?? native.allocate.bind(native),
  } as unknown as NativeSession;
  let transfers = 0;
  const createSession = (model: Uint8Array) => {
    transfers++;
    return create(model);
  };
  const captured = new CapturedRuns({ api, session, deviceMemory: api.cpuMemory, createSession });
  onTestFinished(() => {
    captured.release();
    native.release();
  });
  const run = async (...values: number[]) => {
    const feed = (of: number[]): OnnxTensor => ({ dtype: "float32", data: Float32Array.from(of), dims: [of.length] });
    const outputs = await captured.run({ a: feed(values), b: feed(values.map(() => 1)) });
    return [...outputs.get("y")!.data].map(Number);
  };
  return { run, runs, ids: () => runs.map(({ config }) => config!.gpu_graph_id), transfers: () => transfers };
}

it("replays sizes that it has seen, over the same addresses, with the values of each run", async () => {
  const { run, runs, ids, transfers } = await open();
  expect(await run(1, 2)).toEqual([3, 5]);
  expect(await run(3, 4)).toEqual([7, 9]);
  expect(await run(5, 6)).toEqual([11, 13]);
  expect(ids()).toEqual(["-1", "1", "1"]);
  expect(runs[2]!.inputs).toEqual(runs[1]!.inputs);
  expect(runs[2]!.outputs).toEqual(runs[1]!.outputs);
  // A replay cannot be stopped in its middle.
  expect(runs.map(({ canStop }) => canStop)).toEqual([undefined, false, false]);

  expect(await run(1)).toEqual([3]);
  expect(await run(2)).toEqual([5]);
  expect(await run(7, 8)).toEqual([15, 17]);
  expect(ids().slice(3)).toEqual(["-1", "2", "1"]);
  expect(transfers()).toBe(2); // up and down, for all sizes
});

it("records sixteen sizes at most, and runs more as usual", async () => {
  const { run, ids } = await open();
  const sizes = Array.from({ length: 17 }, (_, i) => i + 1);
  for (const size of sizes) await run(...new Array<number>(size).fill(1));
  for (const size of sizes) expect(await run(...new Array<number>(size).fill(2))).toHaveLength(size);
  expect(ids().slice(17)).toEqual([...sizes.slice(0, 16).map(String), "-1"]);
});

it("goes on as usual when the device has no room for more tensors, and does not hide another failure", async () => {
  let tries = 0;
  const full = await open(() => {
    tries++;
    throw new Error("CUDA failure 2: out of memory");
  });
  expect(await full.run(1, 2)).toEqual([3, 5]);
  expect(await full.run(1, 2)).toEqual([3, 5]);
  expect(await full.run(1)).toEqual([3]);
  expect(full.ids()).toEqual(["-1", "-1", "-1"]);
  expect(tries).toBe(1);

  const broken = await open(() => {
    throw new Error("a bug");
  });
  await expect(broken.run(1)).rejects.toThrow("a bug");
});
