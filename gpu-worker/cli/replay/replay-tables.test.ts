import { expect, it } from "vitest";
import { goldenCases, replayGolden, swappedTensors } from "../../../test/support/engine/golden-replays.ts";
import { replayTables } from "./replay-tables.ts";

const replay: Parameters<typeof replayGolden>[0] = (golden, _, comparison) => replayTables(golden, comparison);

it.each(
  goldenCases("unit-tables"),
)("agrees with the reference in %s: rotary tables, times and schedules", async (name) => {
  const { agrees, lines, differences } = await replayGolden(replay, name);
  expect(differences).toEqual([]);
  expect(agrees).toBe(true);
  const schedules = lines.filter(({ tensor }) => /^(sigmas|timesteps)\.shift\d+\.n\d+$/.test(tensor));
  expect(schedules.length).toBeGreaterThan(3);
});

it("notices tables that have changed places", async () => {
  const { differences } = await replayGolden(
    replay,
    "unit_tables",
    await swappedTensors("unit_tables", "rope_cos", "rope_sin"),
  );
  expect(differences.map(({ tensor }) => tensor)).toEqual(["rope_cos", "rope_sin"]);
});
