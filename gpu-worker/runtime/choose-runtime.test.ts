import { expect, it } from "vitest";
import { chooseRuntime } from "./choose-runtime.ts";

const library = "/absent/libonnxruntime.so.1";

it("takes the C API where it can be loaded, and the Node binding by name", () => {
  const auto = chooseRuntime("auto", { threads: 1 });
  expect([auto.name, auto.reason]).toEqual(["ffi", undefined]);
  const node = chooseRuntime("node", { threads: 1 });
  expect([node.name, node.reason]).toEqual(["node", undefined]);
});

it("falls back to the Node binding with the reason, unless the C API was asked for", () => {
  const { name, reason } = chooseRuntime("auto", { library });
  expect(name).toBe("node");
  expect(reason).toContain(`${library} cannot be used`);
  expect(() => chooseRuntime("ffi", { library })).toThrow(expect.objectContaining({ code: "runtime_missing" }));
});

it("runs WebGPU through the C API alone", () => {
  const refusal = expect.objectContaining({ code: "runtime_missing", message: expect.stringContaining("use ffi") });
  expect(() => chooseRuntime("node", { device: "webgpu" })).toThrow(refusal);
  expect(() => chooseRuntime("auto", { device: "webgpu", library })).toThrow(refusal);
});

it("does not hide other failures behind the fallback", () => {
  const options = {
    get memoryLimitBytes(): number {
      throw new Error("a bug");
    },
  };
  expect(() => chooseRuntime("auto", options)).toThrow("a bug");
});
