import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { missingForLibraryCheck } from "../../test/support/native/native-tools.ts";

const made = mkdtempSync(join(tmpdir(), "check-libraries-made-"));
afterAll(() => rmSync(made, { recursive: true, force: true }));

/** The check of the image's build, over a folder of onnxruntime-node whose libraries do nothing but need each other. */
describe.skipIf(missingForLibraryCheck() !== undefined)("check-libraries.sh", () => {
  let root: string;
  let folder: string;
  /** Libraries of the machine, as far as there are any. */
  let elsewhere: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "check-libraries-"));
    elsewhere = join(root, "elsewhere");
    folder = join(root, "node_modules/onnxruntime-node/bin/napi-v6/linux", process.arch);
    mkdirSync(elsewhere);
    mkdirSync(folder, { recursive: true });
    const runtime = build(folder, "libonnxruntime.so.1");
    build(folder, "onnxruntime_binding.node", [runtime]);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  /** The CUDA provider, which needs cuBLAS and the driver. */
  const addCudaProvider = () =>
    build(folder, "libonnxruntime_providers_cuda.so", [
      build(elsewhere, "libcublas.so.12"),
      build(elsewhere, "libcuda.so.1"),
    ]);
  const addTensorRtProvider = () =>
    build(folder, "libonnxruntime_providers_tensorrt.so", [build(elsewhere, "libnvinfer.so.10")]);
  /** @param cudnn - whether the machine has it */
  const check = (accelerator: string, { cudnn = true } = {}) => {
    const script = join(import.meta.dirname, "check-libraries.sh");
    const machine = join(root, "machine");
    mkdirSync(machine, { recursive: true });
    if (cudnn) build(machine, "libcudnn.so.9");
    const env = { ...process.env, LD_LIBRARY_PATH: `/nowhere:${machine}` };
    const { status, stderr } = spawnSync("sh", [script, accelerator], { cwd: root, env, encoding: "utf8" });
    return { passed: status === 0, stderr };
  };

  it("passes when every library is found, but for the driver's, which the host brings", () => {
    addCudaProvider();
    build(folder, "libcublas.so.12");
    expect(check("cuda12")).toEqual({ passed: true, stderr: "" });
  });

  it("fails and names the library that the CUDA provider lacks, and the provider", () => {
    addCudaProvider();
    const { passed, stderr } = check("cuda12");
    expect(passed).toBe(false);
    expect(stderr).toMatch(/libonnxruntime_providers_cuda\.so:.*libcublas\.so\.12/);
    expect(stderr).not.toContain("libcuda.so.1");
  });

  it("fails without cuDNN, which the provider loads when it first needs it", () => {
    addCudaProvider();
    build(folder, "libcublas.so.12");
    const { passed, stderr } = check("cuda12", { cudnn: false });
    expect(passed).toBe(false);
    expect(stderr).toContain("libcudnn.so.9");
    expect(check("cpu", { cudnn: false }).passed).toBe(true);
  });

  it("fails when the CUDA provider is not there at all", () => {
    const { passed, stderr } = check("cuda12");
    expect(passed).toBe(false);
    expect(stderr).toContain("the CUDA provider of onnxruntime-node is not in");
  });

  it("asks for nothing of a GPU in an image for the processor", () => {
    addCudaProvider();
    addTensorRtProvider();
    expect(check("cpu")).toEqual({ passed: true, stderr: "" });
  });

  it("fails in both images when the runtime itself lacks a library", () => {
    build(folder, "libonnxruntime.so.1", [build(elsewhere, "libgone.so.3")]);
    addCudaProvider();
    build(folder, "libcublas.so.12");
    for (const accelerator of ["cpu", "cuda12"]) {
      const { passed, stderr } = check(accelerator);
      expect(passed, accelerator).toBe(false);
      expect(stderr, accelerator).toMatch(/libonnxruntime\.so\.1:.*libgone\.so\.3/);
    }
  });

  it("asks for nothing of TensorRT, which is not used", () => {
    addCudaProvider();
    addTensorRtProvider();
    build(folder, "libcublas.so.12");
    expect(check("cuda12")).toEqual({ passed: true, stderr: "" });
  });

  it("fails on a library that the loader cannot read", () => {
    truncateSync(build(folder, "libonnxruntime.so.1"), 100);
    const { passed, stderr } = check("cpu");
    expect(passed).toBe(false);
    expect(stderr).toContain("libonnxruntime.so.1:");
  });
});

/**
 * A shared library that needs others, in a folder; linked once however often it is asked for.
 * @returns its path there
 */
function build(folder: string, name: string, needed: readonly string[] = []): string {
  const linked = join(made, [name, ...needed.map((path) => basename(path))].join("+"));
  if (!existsSync(linked)) {
    const others = ["-Wl,--no-as-needed", "-x", "none", ...needed];
    execFileSync("cc", ["-shared", "-fPIC", `-Wl,-soname,${name}`, "-o", linked, "-x", "c", "-", ...others], {
      input: "int nothing(void) { return 0; }",
    });
  }
  const path = join(folder, name);
  copyFileSync(linked, path);
  return path;
}
