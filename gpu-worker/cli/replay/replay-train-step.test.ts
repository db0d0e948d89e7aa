import { expect, it } from "vitest";
import { goldenCases, replayGolden } from "../../../test/support/engine/golden-replays.ts";
import { openGoldenCase } from "./golden-case.ts";
import { replayTrainStep } from "./replay-train-step.ts";

it.each(goldenCases("train-step"))("takes the reference's steps in %s", async (name) => {
  const { agrees, lines, differences } = await replayGolden(replayTrainStep, name);
  expect(differences).toEqual([]);
  expect(agrees).toBe(true);
  const compared = lines.map(({ tensor }) => tensor);
  expect(compared).toEqual(expect.arrayContaining(["v_pred", "loss", "grad_norm", "losses"]));
  expect(compared.some((tensor) => tensor.startsWith("grad."))).toBe(true);
  // Where rounding decides the direction of Adam's step, an element is left out, and counted.
  const leftOut = lines.filter(({ undecided }) => undecided !== undefined);
  expect(leftOut.every(({ tensor }) => tensor.startsWith("after"))).toBe(true);
});

it("refuses a case of another optimiser", async () => {
  const { inputs } = await openGoldenCase("test/golden/unit_train_step");
  const changes = { inputs: { ...(inputs as object), optimizer: "SGD" } };
  await expect(replayGolden(replayTrainStep, "unit_train_step", changes)).rejects.toThrow("inputs.optimizer: ");
});
