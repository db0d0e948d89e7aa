import { expect, it } from "vitest";
import { goldenCases, replayGolden } from "../../../test/support/engine/golden-replays.ts";
import { openGoldenCase } from "./golden-case.ts";
import { replayImageToImage } from "./replay-image-to-image.ts";

it.each(goldenCases("image-to-image", "inpaint"))("agrees with the reference in %s", async (name) => {
  const { agrees, lines, differences } = await replayGolden(replayImageToImage, name);
  expect(differences).toEqual([]);
  expect(agrees).toBe(true);
  expect(lines.length).toBeGreaterThan(5);
});

it("notices a first step that is not the manifest's", async () => {
  const { manifest } = await openGoldenCase("test/golden/img2img");
  const changes = { manifest: { ...manifest, first_step_index: Number(manifest.first_step_index) + 1 } };
  const { differences } = await replayGolden(replayImageToImage, "img2img", changes);
  expect(differences.map(({ tensor }) => tensor)).toEqual(["first_step_index"]);
});
