import { expect, it } from "vitest";
import { goldenCases, replayGolden } from "../../../test/support/engine/golden-replays.ts";
import { openGoldenCase } from "./golden-case.ts";
import { replayTextEncoder, replayTokenizer } from "./replay-text.ts";

it.each(
  goldenCases("unit-text-encoder"),
)("gives the reference's ids and hidden states in %s, both ways", async (name) => {
  const { agrees, lines, differences } = await replayGolden(replayTextEncoder, name);
  expect(differences).toEqual([]);
  expect(agrees).toBe(true);
  expect(new Set(lines.map(({ variant }) => variant))).toEqual(new Set([undefined, "all states", "conditioning"]));
});

it.each(
  goldenCases("unit-tokenizer"),
)("gives the reference's ids in %s, and notices one that is another", async (name) => {
  // The rows are in the manifest; one that is wrong is added.
  const { manifest } = await openGoldenCase(`test/golden/${name}`);
  const rows = manifest.rows as { chat_ids: number[] }[];
  const wrong = { ...rows[0]!, chat_ids: rows[0]!.chat_ids.with(-1, 0) };
  const changes = { manifest: { ...manifest, rows: [...rows, wrong] } };
  const { differences, lines } = await replayGolden(replayTokenizer, name, changes);
  expect(lines.length).toBeGreaterThan(4 * rows.length);
  expect(differences.map(({ tensor }) => tensor)).toEqual([`rows.${rows.length}.chat_ids`]);
});
