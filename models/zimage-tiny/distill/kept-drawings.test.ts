import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { keptDrawings } from "./kept-drawings.ts";

it("draws once for the same weights and settings", async () => {
  const folder = mkdtempSync(join(tmpdir(), "kept-drawings-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const model = join(folder, "model");
  mkdirSync(join(model, "transformer"), { recursive: true });
  const weigh = (weights: string) =>
    writeFileSync(join(model, "transformer/diffusion_pytorch_model.safetensors"), weights);
  let calls = 0;
  const draw = (steps: number) =>
    keptDrawings(join(folder, "drawn"), { model, settings: { steps } }, async () => {
      calls++;
      return [
        { category: 7, latents: Float32Array.of(calls, 0.25) },
        { category: 0, latents: Float32Array.of(-1, 3) },
      ];
    });
  weigh("first");
  const drawn = await draw(4);
  expect(await draw(4)).toEqual(drawn);
  expect(calls).toBe(1);
  await draw(2);
  weigh("second");
  expect((await draw(4))[0]).toEqual({ category: 7, latents: Float32Array.of(3, 0.25) });
});
