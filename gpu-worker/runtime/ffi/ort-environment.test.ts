import { expect, it } from "vitest";
import { bundledLibrary } from "./ort-c-api.ts";
import { deviceMemory, openApi } from "./ort-environment.ts";

it("opens a library once: all sessions of a process share its environment", () => {
  const api = openApi(bundledLibrary());
  expect(openApi(bundledLibrary())).toBe(api);
  expect(new Set([api.env, api.cpuMemory, api.allocator]).size).toBe(3);
  expect(() => openApi("/absent.so")).toThrow("/absent.so cannot be used");
});

it("names the memory of each device as its provider does", () => {
  const asked: unknown[][] = [];
  const native = { make: (...args: unknown[]) => asked.push(args) };
  const api = { ...openApi(bundledLibrary()), native } as unknown as ReturnType<typeof openApi>;
  deviceMemory(api, "cuda");
  deviceMemory(api, "webgpu");
  expect(asked.map(([name, memory]) => [name, memory])).toEqual([
    ["CreateMemoryInfo", "Cuda"],
    ["CreateMemoryInfo", "WebGPU_Buf"],
  ]);
});
