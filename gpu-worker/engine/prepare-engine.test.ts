import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { goldenCheckpoint } from "../../test/support/engine/golden-tensors.ts";
import { prepareEngine } from "./prepare-engine.ts";

const log = () => {};
const model = goldenCheckpoint("tiny-turbo");

it("names device, runtime and plan of a model before it loads", async () => {
  const { device, runtime, plan } = await prepareEngine(model, 256, { runtime: "node", log });
  expect({ device, runtime, residency: plan.residency, fits: plan.fits }).toEqual({
    device: "cpu",
    runtime: "node",
    residency: "resident",
    fits: true,
  });
});

it("takes the residency that was asked for, and says what it would have taken", async () => {
  const { plan } = await prepareEngine(model, 256, { runtime: "node", residency: "streamed", log });
  expect(plan.residency).toBe("streamed");
  expect(plan.reason).toMatch(/^streamed was asked for; without that: /);
});

it("refuses a GPU without bfloat16 before anything loads", async () => {
  const folder = mkdtempSync(join(tmpdir(), "nvidia-smi-"));
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  writeFileSync(join(folder, "nvidia-smi"), "#!/bin/sh\necho 'Tesla T4, 15360, 15000, 7.5'\n");
  chmodSync(join(folder, "nvidia-smi"), 0o755);
  vi.stubEnv("PATH", folder);
  await expect(prepareEngine(model, 256, { device: "cuda", log })).rejects.toMatchObject({
    code: "runtime_missing",
    message: expect.stringContaining("Tesla T4 has no bfloat16"),
  });
});
