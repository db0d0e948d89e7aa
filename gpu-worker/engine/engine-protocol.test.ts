import { expect, it } from "vitest";
import {
  CanceledError,
  InvalidFileError,
  InvalidInputError,
  NotFoundError,
  PipelineError,
} from "../../shared/errors.ts";
import { fromErrorRecord, toErrorRecord } from "./engine-protocol.ts";

const acrossThreads = (error: unknown) => fromErrorRecord(structuredClone(toErrorRecord(error)));

it.each([
  new InvalidInputError("invalid_size", "too wide", { param: "width" }),
  new InvalidFileError("shard is cut"),
  new NotFoundError("no_model", "no such model"),
  new CanceledError(),
  new PipelineError("non_finite_output", "NaN"),
  new PipelineError("device_lost", "ONNX Runtime: CUDA failure 100", { retryable: true }),
])("carries $name across with class, code, param and retryable", (error) => {
  const arrived = acrossThreads(error);
  expect(arrived.constructor).toBe(error.constructor);
  expect(arrived).toMatchObject({ message: error.message, code: error.code, retryable: error.retryable });
  expect(arrived.param).toBe(error.param);
  expect(arrived.stack).toBe(error.stack);
});

it.each([
  [new Error("std::bad_alloc"), "out_of_memory", true],
  [new RangeError("Array buffer allocation failed"), "out_of_memory", true],
  [new PipelineError("run_failed", "ONNX Runtime: CUDA out of memory"), "out_of_memory", true],
  [
    new PipelineError("session_failed", "ONNX Runtime: Failed to allocate memory for requested buffer"),
    "out_of_memory",
    true,
  ],
  [new PipelineError("run_failed", "ONNX Runtime: CUDA error 700"), "engine_failed", true],
  [new PipelineError("session_failed", "ONNX Runtime: shapes disagree"), "session_failed", false],
  [new InvalidFileError("the cache says: out of memory"), "invalid_file", false],
  [new TypeError("x is not a function"), "engine_failed", true],
])("turns %s into %s", (error, code, retryable) => {
  expect(acrossThreads(error)).toMatchObject({ code, retryable });
});
