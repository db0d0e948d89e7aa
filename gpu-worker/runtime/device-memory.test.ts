import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { capabilityRemedy, freeMemoryBytes, listNvidiaGpus } from "./device-memory.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nvidia-smi-"));
  vi.stubEnv("PATH", folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A driver that says this of its GPUs. */
function driverSays(...lines: string[]): void {
  const path = join(folder, "nvidia-smi");
  writeFileSync(path, `#!/bin/sh\n${lines.map((line) => `echo '${line}'`).join("\n")}\n`);
  chmodSync(path, 0o755);
}

it("reads what nvidia-smi says of each GPU", async () => {
  driverSays("NVIDIA L4, 23034, 22000, 8.9", "Tesla T4, 15360, 15000, 7.5");
  expect(await listNvidiaGpus()).toEqual([
    { name: "NVIDIA L4", totalBytes: 23034 * 2 ** 20, freeBytes: 22000 * 2 ** 20, capability: 8.9 },
    { name: "Tesla T4", totalBytes: 15360 * 2 ** 20, freeBytes: 15000 * 2 ** 20, capability: 7.5 },
  ]);
  expect(await freeMemoryBytes("cuda")).toBe(22000 * 2 ** 20);
});

it("finds no GPU without a driver, and takes the machine's own memory for one", async () => {
  expect(await listNvidiaGpus()).toEqual([]);
  expect(await freeMemoryBytes("cuda")).toBeGreaterThan(2 ** 20);
});

it.each([
  ["Tesla T4", 7.5, "Tesla T4 has no bfloat16 (compute capability 7.5"],
  ["NVIDIA A100", 8, undefined],
  ["NVIDIA RTX 5090", 12, undefined],
  // A driver that gives no number is given the benefit of the doubt.
  ["unknown", Number.NaN, undefined],
])("%s of compute capability %d", (name, capability, message) => {
  const remedy = capabilityRemedy({ name, capability, totalBytes: 0, freeBytes: 0 });
  if (message === undefined) expect(remedy).toBeUndefined();
  else expect(remedy).toContain(message);
});
