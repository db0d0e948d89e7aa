import { expect, it } from "vitest";
import { goldenCases, replayGolden } from "../../../test/support/engine/golden-replays.ts";
import { openGoldenCase } from "./golden-case.ts";
import { replayControlNet } from "./replay-control-net.ts";

it.each(goldenCases("controlnet", "controlnet-inpaint"))("agrees with the reference in %s", async (name) => {
  const { agrees, lines, differences } = await replayGolden(replayControlNet, name);
  expect(differences).toEqual([]);
  expect(agrees).toBe(true);
  expect(lines.length).toBeGreaterThan(5);
});

it("lets no case name a ControlNet outside the checkpoints", async () => {
  const { inputs } = await openGoldenCase("test/golden/controlnet_v1");
  const changes = { inputs: { ...(inputs as object), controlnet: "../x" } };
  await expect(replayGolden(replayControlNet, "controlnet_v1", changes)).rejects.toThrow("inputs.controlnet: ");
});
