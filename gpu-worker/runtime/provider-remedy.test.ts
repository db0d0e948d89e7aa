import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { PipelineError } from "../../shared/errors.ts";
import { bundledLibrary } from "./ffi/ort-c-api.ts";
import { providerRemedy, withRemedy } from "./provider-remedy.ts";

const failure = new PipelineError("session_failed", "ONNX Runtime: libonnxruntime_providers_cuda.so: not found");

it("leaves a failure of the CPU, of a run, and of our own as it is", async () => {
  expect(await withRemedy(failure, "cpu")).toBe(failure);
  const ofRun = new PipelineError("run_failed", "ONNX Runtime: no");
  expect(await withRemedy(ofRun, "cuda")).toBe(ofRun);
  const bug = new TypeError("a bug");
  expect(await withRemedy(bug, "cuda")).toBe(bug);
});

// This machine may have the provider; nothing is known to be missing then, or another thing.
it("says what to install where CUDA's provider is missing, and keeps the runtime's words", async () => {
  if (existsSync(join(dirname(bundledLibrary()), "libonnxruntime_providers_cuda.so"))) return;
  expect(await providerRemedy("cuda")).toContain("npm run provider -- cuda12");
  expect(await withRemedy(failure, "cuda")).toMatchObject({
    code: "runtime_missing",
    message: expect.stringMatching(/^cuda cannot be used: .*npm run provider.*\(ONNX Runtime: .*not found\)$/),
    cause: failure,
  });
});

it("looks for a Vulkan loader on Linux alone", async () => {
  const loaders = ["x86_64-linux-gnu", "aarch64-linux-gnu"].map((folder) => `/usr/lib/${folder}/libvulkan.so.1`);
  const isMissing = process.platform === "linux" && !loaders.some((path) => existsSync(path));
  const expected = isMissing ? expect.stringContaining("apt-get install libvulkan1") : undefined;
  expect(await providerRemedy("webgpu")).toEqual(expected);
});
