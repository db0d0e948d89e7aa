import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { holdDataFolder } from "./data-folder.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "data-folder-"));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

describe("holdDataFolder", () => {
  it("makes the folder for its owner alone", () => {
    const folder = holdDataFolder(join(root, "a", "b"));
    expect(statSync(folder.path).mode & 0o777).toBe(0o700);
    folder.release();
  });

  it("tightens an empty folder that others could read, and its own later on", () => {
    for (let i = 0; i < 2; i++) {
      chmodSync(root, 0o755);
      holdDataFolder(root).release();
      expect(statSync(root).mode & 0o777).toBe(0o700);
    }
  });

  it("leaves the mode of a folder that held other things before", () => {
    writeFileSync(join(root, "theirs"), "");
    chmodSync(root, 0o755);
    holdDataFolder(root).release();
    expect(statSync(root).mode & 0o777).toBe(0o755);
  });

  it("refuses a second holder and names the first, until it lets go", () => {
    const first = holdDataFolder(root);
    expect(() => holdDataFolder(root)).toThrow(expect.objectContaining({ code: "data_dir_in_use" }));
    expect(() => holdDataFolder(root)).toThrow(`process ${process.pid}`);
    first.release();
    holdDataFolder(root).release();
  });

  it("is free again once its holder was killed", async () => {
    const module = pathToFileURL(join(import.meta.dirname, "data-folder.ts")).href;
    const script = `import { holdDataFolder } from ${JSON.stringify(module)}; holdDataFolder(process.argv[1]); console.log("held"); setInterval(() => {}, 1000);`;
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", script, root],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    await once(child.stdout, "data");
    expect(() => holdDataFolder(root)).toThrow(`process ${child.pid}`);
    child.kill("SIGKILL");
    await once(child, "exit");
    holdDataFolder(root).release();
  });

  it("says in one line when the path cannot be a folder", () => {
    const file = join(root, "file");
    writeFileSync(file, "");
    for (const dir of [file, join(file, "below"), "/proc/data"]) {
      const hold = () => holdDataFolder(dir);
      expect(hold).toThrow(expect.objectContaining({ code: "bad_data_dir" }));
      expect(hold).toThrow(`DATA_DIR ${dir} cannot be used`);
      expect(hold).not.toThrow(/\n/);
    }
  });
});
