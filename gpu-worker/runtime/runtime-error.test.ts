import { expect, it } from "vitest";
import { runtimeError } from "./runtime-error.ts";

it("keeps the runtime's words and its own code where the device is well", () => {
  expect(runtimeError("run_failed", new Error("Non-zero status code while running Gemm node"))).toMatchObject({
    code: "run_failed",
    retryable: false,
    message: "ONNX Runtime: Non-zero status code while running Gemm node",
  });
});

it("lets another worker try what a broken device could not do", () => {
  const error = runtimeError("run_failed", new Error("CUDA failure 700: an illegal memory access was encountered"));
  expect(error).toMatchObject({ code: "device_failed", retryable: true });
});
