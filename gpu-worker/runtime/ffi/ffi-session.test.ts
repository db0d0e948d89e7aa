import { expect, it } from "vitest";
import type { OnnxTensor } from "../onnx-session.ts";
import { CApiSession, HostRuns, type Runs } from "./ffi-session.ts";
import type { NativeRun, NativeSession } from "./native-session.ts";
import { bundledLibrary, type Pointer } from "./ort-c-api.ts";
import { type OpenApi, openApi } from "./ort-environment.ts";
import { makeTensor } from "./ort-values.ts";

const tensor = (...values: number[]): OnnxTensor => ({
  dtype: "float32",
  data: Float32Array.from(values),
  dims: [values.length],
});

/** The real library, and the values that it was told to release. */
function watchedApi() {
  const real = openApi(bundledLibrary());
  const released: Pointer[] = [];
  const native = {
    make: real.native.make.bind(real.native),
    call: real.native.call.bind(real.native),
    value(name: "ReleaseValue", value: Pointer) {
      if (name === "ReleaseValue") released.push(value);
      real.native.value(name, value);
    },
  };
  return { api: { ...real, native } as unknown as OpenApi, released };
}

/** A session whose only output is its first input, or that fails. */
function echo(api: OpenApi, failure?: Error) {
  const runs: NativeRun[] = [];
  const session = {
    outputNames: ["y"],
    async run(run: NativeRun) {
      runs.push(run);
      if (failure) throw failure;
      run.outputs[0] = makeTensor(api, tensor(7, 8));
    },
  } as unknown as NativeSession;
  return { session, runs };
}

it("runs with its configuration, and gives back what it made", async () => {
  const { api, released } = watchedApi();
  const { session, runs } = echo(api);
  const outputs = await new HostRuns(api, session, { key: "value" }).run({ a: tensor(1), b: tensor(2, 3) });
  expect(outputs).toEqual(new Map([["y", tensor(7, 8)]]));
  expect(runs[0]).toMatchObject({ inputNames: ["a", "b"], config: { key: "value" } });
  expect(released).toEqual([...runs[0]!.inputs, ...runs[0]!.outputs]);
});

it("gives its inputs back when a run fails", async () => {
  const { api, released } = watchedApi();
  const { session, runs } = echo(api, new Error("no"));
  await expect(new HostRuns(api, session, {}).run({ a: tensor(1) })).rejects.toThrow("no");
  expect(released).toEqual(runs[0]!.inputs);
});

/** Runs that end when they are told to. */
function heldRuns() {
  const events: string[] = [];
  const held: { end: () => void; fail: (error: Error) => void }[] = [];
  const runs: Runs = {
    run: (feeds) =>
      new Promise((resolve, reject) => {
        events.push(`run ${Object.keys(feeds)}`);
        held.push({ end: () => resolve(new Map()), fail: reject });
      }),
    release: () => void events.push("release runs"),
  };
  const native = { release: () => void events.push("release session") } as unknown as NativeSession;
  return { session: new CApiSession(native, runs), events, held };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

it("runs one after the other, a failed one too, and releases memory after the last", async () => {
  const { session, events, held } = heldRuns();
  const [first, second] = [session.run({ a: tensor(1) }), session.run({ b: tensor(1) })];
  const released = session.release();
  await turn();
  expect(events).toEqual(["run a"]);
  held[0]!.fail(new Error("no"));
  await expect(first).rejects.toThrow("no");
  await turn();
  expect(events).toEqual(["run a", "run b"]);
  held[1]!.end();
  await second;
  await released;
  expect(events.slice(2)).toEqual(["release runs", "release session"]);
});

it("is released once, and refuses to run afterwards", async () => {
  const { session, events } = heldRuns();
  await session.release();
  await session.release();
  expect(events).toEqual(["release runs", "release session"]);
  await expect(session.run({})).rejects.toThrow("the session was released");
});
