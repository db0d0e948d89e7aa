import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { bundledLibrary, OrtCApi, type Pointer } from "./ort-c-api.ts";

const native = new OrtCApi(bundledLibrary());

it("finds the library that the Node binding uses", () => {
  expect(existsSync(bundledLibrary())).toBe(true);
  expect(bundledLibrary()).toContain(`/${process.platform}/${process.arch}/`);
});

it("refuses a library that is missing, and one that is another, by its path", () => {
  const missing = expect.objectContaining({
    code: "runtime_missing",
    message: expect.stringMatching(/^\/absent\.so cannot/),
  });
  expect(() => new OrtCApi("/absent.so")).toThrow(missing);
  const other = { linux: "libc.so.6", darwin: "libSystem.B.dylib", win32: "kernel32.dll" }[process.platform as "linux"];
  expect(() => new OrtCApi(other)).toThrow(
    expect.objectContaining({ code: "runtime_missing", message: expect.stringMatching(`^${other} cannot be used`) }),
  );
});

it("gives results, and throws what the library says, from this thread and from another", async () => {
  const options = native.make("CreateSessionOptions");
  expect(options).toBeTruthy();
  const words = "type 999 is not supported";
  const memory = native.make("CreateCpuMemoryInfo", 1, 0);
  const args = () => [memory, new Uint8Array(4), 4, BigInt64Array.of(1n), 1, 999, [null] as [Pointer | null]];
  expect(() => native.call("CreateTensorWithDataAsOrtValue", ...args())).toThrow(words);
  await expect(native.callAsync("CreateTensorWithDataAsOrtValue", ...args())).rejects.toThrow(words);
  native.value("ReleaseMemoryInfo", memory);
  native.value("ReleaseSessionOptions", options);
});
