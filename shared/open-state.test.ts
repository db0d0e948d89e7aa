import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openExistingState, openState } from "./open-state.ts";

let folder: string;
let dataDir: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "state-"));
  dataDir = join(folder, "data");
});
afterEach(() => rmSync(folder, { recursive: true }));

it("makes a store where there is none, which commands then open", async () => {
  const made = await openState({ kind: "embedded", dataDir });
  await made.items.write([{ put: { pk: "p", sk: "s", data: { n: 1 } } }]);
  await made.queue.send("job_1", { lane: "batch" });
  await made.close();
  const opened = await openExistingState({ kind: "embedded", dataDir });
  expect((await opened.items.get({ pk: "p", sk: "s" }))?.data).toEqual({ n: 1 });
  expect(await opened.queue.receive({ visibilityMs: 60_000 })).toMatchObject([{ body: "job_1" }]);
  await opened.close();
});

it("makes none for a command, and names the folder", async () => {
  await expect(openExistingState({ kind: "embedded", dataDir })).rejects.toMatchObject({
    code: "store_missing",
    message: expect.stringContaining(`${dataDir} holds no store`),
  });
  expect(existsSync(dataDir)).toBe(false);
});
