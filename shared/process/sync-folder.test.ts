import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { syncFolder } from "./sync-folder.ts";

it("syncs a folder, and rejects where there is none", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sync-"));
  try {
    await syncFolder(folder);
    if (process.platform !== "win32") await expect(syncFolder(join(folder, "none"))).rejects.toThrow("ENOENT");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
