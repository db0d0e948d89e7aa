import { expect, it } from "vitest";
import { goldenCases, replayGolden } from "../../../test/support/engine/golden-replays.ts";
import { replayTextToImage } from "./replay-text-to-image.ts";

/** Runs of cases that run more than once: batches masked and split, a LoRA in each key style. */
const variants: Readonly<Record<string, readonly string[]>> = {
  turbo_one_step_n2: ["mask", "split"],
  base_cfg: ["mask", "split"],
  lora_square: ["diffusers", "comfy", "kohya"],
};

it.each(goldenCases("text-to-image"))("agrees with the reference in %s", async (name) => {
  const { agrees, lines, differences } = await replayGolden(replayTextToImage, name);
  expect(differences).toEqual([]);
  expect(agrees).toBe(true);
  expect(lines.length).toBeGreaterThan(5);
  if (variants[name]) expect([...new Set(lines.map(({ variant }) => variant))]).toEqual(variants[name]);
});

it("refuses a case without a count of calls", async () => {
  await expect(replayGolden(replayTextToImage, "turbo_square", { manifest: {} })).rejects.toThrow(
    "manifest.json: inputs.",
  );
});
