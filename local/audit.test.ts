import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ulid } from "ulid";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ApiKeys } from "../shared/access/api-keys.ts";
import { type EmbeddedItems, openEmbeddedItems } from "../shared/embedded/items.ts";
import { Accounts } from "../shared/money/accounts.ts";
import { balanceKey } from "../shared/money/ledger.ts";
import { systemClock as clock } from "../shared/ports/clock.ts";
import { forEachDue } from "../shared/ports/set-aside.ts";

let dataDir: string;
let items: EmbeddedItems;
let id: string;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "audit-"));
  items = openEmbeddedItems(join(dataDir, "items.db"));
  ({ id } = await new ApiKeys({ items, clock, newId: ulid }).createAccount("shop"));
  await new Accounts({ items, clock }).credit(id, { amount: 300, reference: "inv-1" });
});
afterEach(async () => {
  await items.close();
  rmSync(dataDir, { recursive: true, force: true });
});

function audit(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "audit.ts"), ...args],
    { env: { PATH: process.env.PATH, DATA_DIR: dataDir }, encoding: "utf8" },
  );
  return { status, stdout, stderr };
}

it("finds nothing where the ledger explains every amount", () => {
  const { status, stdout } = audit();
  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: `${id}  shop  1 entries, 0 holds, available 0.0003 USD, held 0.00 USD: adds up\n1 accounts, 0 differences\n`,
  });
});

it("names a micro-unit too much, and ends with 1", async () => {
  await items.write([{ add: balanceKey(id), attribute: "available", amount: 1 }]);
  const { status, stdout } = audit("--account", id);
  expect(status).toBe(1);
  expect(stdout).toContain(`${id}  balance.available: the ledger says 300, found 301\n`);
});

it("names what failed in the background and waits for its next try", async () => {
  const row = { pk: "JOB#job_1", sk: "META", duePk: "DUE#jobs", dueAt: 1, data: {} };
  await items.write([{ put: row }]);
  await forEachDue({ items, clock }, { kind: "job", rows: [{ ...row, version: 1 }], idOf: () => "job_1" }, async () => {
    throw new Error("the record is\u0007 torn");
  });
  const { status, stdout } = audit();
  expect(status).toBe(0);
  expect(stdout).toMatch(
    /set aside: job job_1 failed 1 times since 20.*Z, next try 20.*Z: .*the record is\\u0007 torn\n$/,
  );
});

it("refuses an option that it does not know in one line, with exit code 2", () => {
  const { status, stdout, stderr } = audit("--acount", "x");
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toMatch(/^Unknown option '--acount'.*See: npm run audit -- --help\n$/);
});
