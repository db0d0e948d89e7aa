import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEmbeddedItems } from "../shared/embedded/items.ts";
import { meterDue, meterSetAside } from "../shared/money/ledger.ts";

let dataDir: string;
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "accounts-"));
  await openEmbeddedItems(join(dataDir, "items.db")).close();
});
afterAll(() => {
  rmSync(dataDir, { recursive: true, force: true });
});

function command(name: "accounts" | "audit", ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, `${name}.ts`), ...args],
    { env: { PATH: process.env.PATH, DATA_DIR: dataDir }, encoding: "utf8" },
  );
  return { status, stdout, stderr };
}

describe("npm run accounts and npm run audit", () => {
  it("make an account, credit it once, and change its terms", () => {
    const id = command("accounts", "create", "--name", "shop", "--monthly-cap", "900").stdout.trim();
    expect(id).toMatch(/^acc_/);
    expect(command("accounts", "credit", id, "500", "--reference", "inv-1").status).toBe(0);
    expect(command("accounts", "credit", id, "500", "--reference", "inv-1").stderr).toContain("nothing changed");
    expect(command("accounts", "credit", id, "-200", "--reference", "back-1").stdout).toContain(
      "available 0.0003 USD ",
    );
    expect(command("accounts", "set", id, "--low-balance", "100").stdout).toContain('"lowBalance":"0.0001 USD"');
    command("accounts", "set", id, "--monthly-cap", "none", "--unlimited", "yes", "--low-balance", "none");
    expect(command("accounts", "list").stdout).toMatch(
      new RegExp(
        `^${id}  available 0.0003 USD  held 0.00 USD  open jobs 0  this month 0.00 USD  \\{"unlimited":true\\}  shop\n$`,
      ),
    );
  });

  it("list charges that the billing system refused, and report them again", async () => {
    const data = { id: "settle_job_1", accountId: "acc_1", customer: "cus_1", charged: 7, at: 1, attempts: 1 };
    const row = { pk: "METER#settle_job_1", sk: "META", duePk: meterSetAside, dueAt: 1 };
    const items = openEmbeddedItems(join(dataDir, "items.db"));
    await items.write([{ put: { ...row, data: { ...data, failure: "responded with 400: no such\u0007 customer" } } }]);
    const listed = command("accounts", "unreported").stdout;
    expect(listed).toMatch(
      /^settle_job_1 {2}acc_1 {2}cus_1 {2}charged 0\.000007 USD {2}responded with 400: no such.* customer\n$/,
    );
    expect(listed).not.toContain("\u0007");
    expect(command("accounts", "unreported", "--again").stdout).toContain("1 charges are reported again");
    expect(command("accounts", "unreported").stdout).toBe("");
    expect((await items.query({ index: "due", partition: meterDue })).items).toMatchObject([
      { data: { ...data, attempts: 0 } },
    ]);
    await items.close();
  });

  it("print no control characters of an account's name", () => {
    const id = command("accounts", "create", "--name", "a\u001b[2Jb").stdout.trim();
    for (const { stdout } of [command("accounts", "list"), command("audit", "--account", id)]) {
      expect(stdout).not.toContain("\u001b");
      expect(stdout).toContain("[2Jb");
    }
  });

  it.each([
    ["accounts", [], "expected create, list, show, set, credit or unreported, got nothing"],
    ["accounts", ["credit", "acc_1", "1.5", "--reference", "r"], '"1.5"'],
    ["accounts", ["credit", "acc_1", "5"], "--reference"],
    ["accounts", ["set", "acc_1"], "at least one term"],
    ["accounts", ["create", "--weight", "0"], "--weight"],
    ["accounts", ["create", "--unlimited", "maybe"], "--unlimited"],
  ] as const)("%s refuses %j in one line with exit code 2", (name, args, part) => {
    const { status, stdout, stderr } = command(name, ...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(part);
    expect(stderr.trimEnd()).not.toContain("\n");
  });

  it("have help", () => {
    expect(command("accounts", "--help").stdout).toContain("credit ID AMOUNT");
    expect(command("audit", "--help").stdout).toContain("to the micro-unit");
  });
});
