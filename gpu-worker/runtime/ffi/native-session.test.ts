import { expect, it, onTestFinished } from "vitest";
import { encodeModel } from "../../graph/encode-model.ts";
import { GraphBuilder } from "../../graph/graph-builder.ts";
import { plus, times } from "../../graph/ops/arithmetic.ts";
import { NativeSession } from "./native-session.ts";
import { bundledLibrary, type Pointer } from "./ort-c-api.ts";
import { openApi } from "./ort-environment.ts";
import { elementType, makeTensor, readTensor } from "./ort-values.ts";

const api = openApi(bundledLibrary());
const { native } = api;

async function open(isCanceled?: () => boolean) {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", ["S"]);
  g.output("doubled", times(g, x, 2));
  g.output("more", plus(g, x, 1));
  const options = native.make("CreateSessionOptions");
  try {
    native.call("AddSessionConfigEntry", options, "session.record_ep_graph_assignment_info", "1");
    const session = await NativeSession.create(api, encodeModel(g, "test").bytes, options, isCanceled);
    onTestFinished(() => session.release());
    return session;
  } finally {
    native.value("ReleaseSessionOptions", options);
  }
}

function given(...values: number[]) {
  const value = makeTensor(api, { dtype: "float32", data: Float32Array.from(values), dims: [values.length] });
  onTestFinished(() => native.value("ReleaseValue", value));
  return value;
}
const read = (value: Pointer | null) => [...readTensor(api, value!).data].map(Number);

it("makes outputs where none are given, and writes to those that are", async () => {
  const session = await open();
  expect(session.outputNames).toEqual(["doubled", "more"]);
  const place = session.allocate(api.cpuMemory, elementType.float32, [3]);
  const outputs = [place, null];
  await session.run({ inputNames: ["x"], inputs: [given(1, 2, 3)], outputs });
  expect(outputs[0]).toBe(place);
  expect(outputs.map(read)).toEqual([
    [2, 4, 6],
    [2, 3, 4],
  ]);
  for (const value of outputs) native.value("ReleaseValue", value);
});

it("says which provider runs each node", async () => {
  const nodes = (await open()).assignments();
  expect(new Set(nodes.map(({ provider }) => provider))).toEqual(new Set(["CPUExecutionProvider"]));
  expect(nodes.map(({ op }) => op)).toEqual(expect.arrayContaining(["Mul", "Add"]));
});

it("keeps the runtime's words in its errors", async () => {
  const session = await open();
  const run = session.run({ inputNames: ["z"], inputs: [given(1)], outputs: [null, null] });
  await expect(run).rejects.toMatchObject({ code: "run_failed", message: expect.stringContaining("z") });
  const allocate = () => session.allocate(api.cpuMemory, 999, [3]);
  expect(allocate).toThrow(expect.objectContaining({ code: "run_failed" }));
});

it("starts nothing while canceled, but for a run that cannot be stopped", async () => {
  let canceled = false;
  const session = await open(() => canceled);
  canceled = true;
  const run = (canStop: boolean, outputs: [Pointer | null, Pointer | null]) =>
    session.run({ inputNames: ["x"], inputs: [given(1)], outputs, canStop });
  await expect(run(true, [null, null])).rejects.toMatchObject({ code: "canceled" });
  const outputs: [Pointer | null, Pointer | null] = [null, null];
  await run(false, outputs);
  expect(read(outputs[0])).toEqual([2]);
  for (const value of outputs) native.value("ReleaseValue", value);
  await expect(open(() => true)).rejects.toMatchObject({ code: "canceled" });
});
