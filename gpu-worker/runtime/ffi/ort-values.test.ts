import { expect, it, onTestFinished } from "vitest";
import type { OnnxTensor } from "../onnx-session.ts";
import { bundledLibrary } from "./ort-c-api.ts";
import { openApi } from "./ort-environment.ts";
import { makeTensor, readTensor } from "./ort-values.ts";

const api = openApi(bundledLibrary());

function make(tensor: OnnxTensor) {
  const value = makeTensor(api, tensor);
  onTestFinished(() => api.native.value("ReleaseValue", value));
  return value;
}

it("refers to the tensor's own bytes on the way in, and copies on the way out", () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);
  const value = make({ dtype: "float32", data, dims: [2, 1, 3] });
  data[0] = 7;
  const read = readTensor(api, value);
  expect(read).toEqual({ dtype: "float32", data: Float32Array.of(7, 2, 3, 4, 5, 6), dims: [2, 1, 3] });
  data[0] = 8;
  expect(read.data[0]).toBe(7);
});

it("reads a part of a larger array, a scalar and nothing", () => {
  const part = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
  expect(readTensor(api, make({ dtype: "float32", data: part, dims: [2] })).data).toEqual(Float32Array.of(2, 3));
  const scalar = { dtype: "float32", data: Float32Array.of(5), dims: [] } as const;
  expect(readTensor(api, make(scalar))).toEqual(scalar);
  const none = make({ dtype: "float32", data: new Float32Array(0), dims: [0, 4] });
  expect(readTensor(api, none)).toEqual({ dtype: "float32", data: new Float32Array(0), dims: [0, 4] });
});

it("refuses outputs that are no float32", () => {
  const value = make({ dtype: "int64", data: BigInt64Array.of(1n), dims: [1] });
  expect(() => readTensor(api, value)).toThrow("an output is of ONNX type 7; graphs give float32");
});

it("passes bytes that do not fill the dims on to the runtime, which refuses them", () => {
  expect(() => make({ dtype: "float32", data: new Float32Array(3), dims: [2, 2] })).toThrow("expected 16, got 12");
});
