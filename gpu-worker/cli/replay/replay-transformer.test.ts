import { expect, it } from "vitest";
import { goldenCases, replayGolden } from "../../../test/support/engine/golden-replays.ts";
import { replayTransformer } from "./replay-transformer.ts";

it.each(goldenCases("unit-transformer"))("agrees with the reference in %s", async (name) => {
  const { agrees, lines, differences } = await replayGolden(replayTransformer, name);
  expect(differences).toEqual([]);
  expect(agrees).toBe(true);
  // Items of different sizes run masked together and each by itself.
  for (const variant of name === "unit_dit_mixed_sizes" ? ["mask", "split"] : [undefined]) {
    const compared = lines.filter((line) => line.variant === variant).map(({ tensor }) => tensor);
    expect(compared).toEqual(expect.arrayContaining(["x_embed", "x_pos.0", "layers.0", "out.0"]));
  }
});
