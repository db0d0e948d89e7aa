import { expect, it } from "vitest";
import { goldenCases, replayGolden, swappedTensors } from "../../../test/support/engine/golden-replays.ts";
import { replayVae } from "./replay-vae.ts";

it.each(goldenCases("vae"))("agrees with the reference in %s", async (name) => {
  const { agrees, lines, differences } = await replayGolden(replayVae, name);
  expect(differences).toEqual([]);
  expect(agrees).toBe(true);
  expect(lines.length).toBeGreaterThan(5);
});

it("notices moments that have changed places", async () => {
  const { differences } = await replayGolden(
    replayVae,
    "vae_encode",
    await swappedTensors("vae_encode", "mean", "logvar"),
  );
  expect(differences.map(({ tensor }) => tensor)).toEqual(["mean", "logvar"]);
});
