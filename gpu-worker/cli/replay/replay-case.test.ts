import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../../test/conformance/temporary-folder.ts";
import { goldenKinds } from "../../../test/support/engine/golden-replays.ts";
import type { ComparedTensor } from "./comparison.ts";
import { replayCase, supportedKinds } from "./replay-case.ts";

// The cases themselves run beside the runner of their kind.
it("has cases of every kind that it supports, and a runner for every case", () => {
  expect(goldenKinds.size).toBeGreaterThanOrEqual(27);
  expect(new Set(goldenKinds.values())).toEqual(new Set(supportedKinds));
});

it("replays a case by its kind, with the checkpoints beside it", async () => {
  const lines: ComparedTensor[] = [];
  const report = (line: ComparedTensor) => lines.push(line);
  expect(await replayCase("test/golden/vae_encode", report)).toEqual({ case: "vae_encode", outcome: "agrees" });
  expect(lines.map(({ tensor }) => tensor)).toContain("decoded");
});

it("takes other checkpoints, and another form of the case's own", async () => {
  const folder = temporaryFolder();
  const other = replayCase("test/golden/vae_encode", () => {}, folder);
  await expect(other).rejects.toThrow(`there is no ${join(folder, "tiny-turbo")}`);
  const form = replayCase("test/golden/vae_encode", () => {}, undefined, "tiny-gone");
  await expect(form).rejects.toThrow(/there is no \S+tiny-gone/);
});

async function changedTables(changes: object) {
  const folder = join(temporaryFolder(), "case");
  await cp("test/golden/unit_tables", folder, { recursive: true });
  const path = join(folder, "manifest.json");
  const manifest = JSON.parse(await readFile(path, "utf8"));
  await writeFile(path, JSON.stringify({ ...manifest, ...changes }));
  return replayCase(folder, () => {});
}

it("says when something differs, and names a kind that it does not know", async () => {
  const differs = await changedTables({ inputs: { rope: { theta: 10, axes_dims: [32, 48, 48] } } });
  expect(differs).toEqual({ case: "unit_tables", outcome: "differs" });
  expect(await changedTables({ kind: "video" })).toEqual({
    case: "unit_tables",
    outcome: "unsupported",
    kind: "video",
  });
});
