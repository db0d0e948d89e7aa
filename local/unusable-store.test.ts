import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openEmbeddedItems } from "../shared/embedded/items.ts";

let folder: string;
let dataDir: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "store-"));
  dataDir = join(folder, "data");
  file = join(dataDir, "items.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const commands = [
  ["keys", "list"],
  ["accounts", "list"],
  ["audit", "--account=acc_1"],
] as const;
/** The service, which gets no further than its store. */
const start = ["start", "--workers=0", "--port=0"];

function run([name, ...args]: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, `${name}.ts`), ...args],
    { env: { PATH: process.env.PATH, DATA_DIR: dataDir }, encoding: "utf8", timeout: 60_000 },
  );
  return { status, stdout, stderr };
}

function expectOneSentence(command: readonly string[], says: string | RegExp): void {
  const { status, stdout, stderr } = run(command);
  expect({ status, stdout }, stderr).toEqual({ status: 2, stdout: "" });
  expect(stderr).toMatch(says);
  expect(stderr.trimEnd()).not.toContain("\n");
}

it.each(commands)("%s makes no store where there is none", (...command) => {
  expectOneSentence(command, /data holds no store .*; set DATA_DIR to the folder of the service, or start it there/);
  expect(existsSync(dataDir)).toBe(false);
});

it.each([...commands, start])("%s refuses the database of a newer program", async (...command) => {
  await openEmbeddedItems(file).close();
  const raw = new DatabaseSync(file);
  raw.exec("PRAGMA user_version = 99");
  raw.close();
  expectOneSentence(command, /items\.db has schema version 99, .*; run the program that wrote it/);
});

it.each([...commands, start])("%s refuses a file that is no database", async (...command) => {
  await openEmbeddedItems(file).close();
  rmSync(`${file}-wal`, { force: true });
  rmSync(`${file}-shm`, { force: true });
  writeFileSync(file, "not a database ".repeat(1_000));
  expectOneSentence(
    command,
    /items\.db is damaged \(.*\); stop the service, move the file .* put a backup in its place/,
  );
});

it.each([...commands, start])("%s refuses a database with damaged pages", async (...command) => {
  const items = openEmbeddedItems(file);
  await items.write([{ put: { pk: "ACC#acc_1", sk: "META", data: { id: "acc_1" } } }]);
  await items.close();
  const handle = await open(file, "r+");
  const { size } = await handle.stat();
  // The header stays whole, so that the file opens; all tables are noise.
  await handle.write(Buffer.alloc(size - 4_096, 0x5a), 0, size - 4_096, 4_096);
  await handle.close();
  expectOneSentence(command, /items\.db is damaged/);
});
