import { expect, it } from "vitest";
import { goldenCases, replayGolden } from "../../../test/support/engine/golden-replays.ts";
import { openGoldenCase } from "./golden-case.ts";
import { replayOmni } from "./replay-omni.ts";

it.each(goldenCases("omni"))("agrees with the reference in %s", async (name) => {
  const { agrees, lines, differences } = await replayGolden(replayOmni, name);
  expect(differences).toEqual([]);
  expect(agrees).toBe(true);
  expect(lines.length).toBeGreaterThan(5);
});

it("refuses a case that lacks an image which it says is looked at", async () => {
  const { inputs } = await openGoldenCase("test/golden/omni_t2i");
  const changes = { inputs: { ...(inputs as object), condition_images: 1 } };
  await expect(replayGolden(replayOmni, "omni_t2i", changes)).rejects.toThrow("needs the tensor cond_image_u8.0");
});
