import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApiKeys } from "../shared/access/api-keys.ts";
import { hasValidForm } from "../shared/access/key-value.ts";
import { openEmbeddedItems } from "../shared/embedded/items.ts";
import { systemClock } from "../shared/ports/clock.ts";

let dataDir: string;
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "keys-"));
  await openEmbeddedItems(join(dataDir, "items.db")).close();
});
afterAll(() => {
  rmSync(dataDir, { recursive: true, force: true });
});

function keys(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "keys.ts"), ...args],
    { env: { PATH: process.env.PATH, DATA_DIR: dataDir }, encoding: "utf8" },
  );
  return { status, stdout, stderr };
}

describe("npm run keys", () => {
  it("makes, lists and revokes keys of one account, showing the value once", () => {
    const made = keys("create", "--name", "shop");
    expect(made.status).toBe(0);
    const value = made.stdout.trim();
    expect(value).toMatch(/^zk_live_/);
    expect(hasValidForm(value)).toBe(true);
    const id = made.stderr.match(/key_\w+/)?.[0] ?? "";

    const listed = keys("list").stdout;
    expect(listed).toMatch(
      new RegExp(`^${id}  zk_live_.{4}…  live  created \\d{4}-\\d\\d-\\d\\d  used never  shop\n$`),
    );
    expect(listed).not.toContain(value);

    expect(keys("revoke", id).status).toBe(0);
    expect(keys("list").stdout).toMatch(/revoked \d{4}/);
  });

  it("limits a key, and gives it a new value", () => {
    const made = keys("create", "--monthly-cap", "500", "--scopes", "jobs:read,usage:read", "--expires", "2999-01-01");
    const id = made.stderr.match(/key_\w+/)?.[0] ?? "";
    expect(keys("list").stdout).toContain('{"monthlyCap":"0.0005 USD"}');
    expect(keys("change", id, "--monthly-cap", "none", "--max-open-jobs", "3").stdout).toContain('{"maxOpenJobs":3}');
    const changed = keys("change", id, "--deduplication-window-s", "300", "--name", "till").stdout;
    expect(changed).toContain('{"maxOpenJobs":3}  deduplication window 300 s  till');
    expect(keys("change", id, "--deduplication-window-s", "auto").stdout).toContain('{"maxOpenJobs":3}  till');
    const rotated = keys("rotate", id, "--overlap-s", "60");
    expect(rotated).toMatchObject({ status: 0, stderr: expect.stringContaining("works until 20") });
    expect(hasValidForm(rotated.stdout.trim())).toBe(true);
    expect(rotated.stdout).not.toBe(made.stdout);
    expect(keys("list").stdout.match(new RegExp(id, "g"))).toHaveLength(1);
  });

  it("prints the webhook secret, the same each time", () => {
    const { stdout } = keys("webhook-secret");
    expect(stdout).toMatch(/^whsec_\S+\n$/);
    expect(keys("webhook-secret").stdout).toBe(stdout);
  });

  it("rotates the webhook secret, and prints both while both sign", () => {
    const { stdout: old } = keys("webhook-secret");
    const { stdout: next, stderr } = keys("rotate-webhook-secret");
    expect(stderr).toContain("signs as well until 20");
    expect(keys("webhook-secret").stdout).toBe(next + old);
  });

  it("gives a key with limits no scope that lifts them, unless it is named", async () => {
    const limited = keys("create", "--monthly-cap", "500").stdout.trim();
    const named = keys("create", "--monthly-cap", "500", "--scopes", "jobs:write,keys:admin").stdout.trim();
    const items = openEmbeddedItems(join(dataDir, "items.db"));
    const apiKeys = new ApiKeys({ items, clock: systemClock, newId: () => "unused" });
    expect((await apiKeys.findKey(limited))?.scopes).toContain("jobs:write");
    expect((await apiKeys.findKey(limited))?.scopes).not.toContain("keys:admin");
    expect((await apiKeys.findKey(named))?.scopes).toContain("keys:admin");
    await items.close();
  });

  it.each([
    [[], "expected create, list, rotate, change, revoke, webhook-secret or rotate-webhook-secret, got nothing"],
    [["delete"], '"delete"'],
    [["create", "--scopes", "jobs:everything"], "jobs:everything"],
    [["create", "--expires", "soon"], "--expires"],
    [["change", "key_1"], "a deduplication window or a limit"],
    [["create", "--deduplication-window-s", "901"], "from 0 (off) to 900"],
    [["rotate", "key_nobody"], "key_nobody"],
    [["revoke"], "revoke takes one key id"],
    [["list", "key_1"], '"key_1"'],
    [["create", "--color"], "--color"],
    [["list", "--account", "acc_nobody"], "no account acc_nobody"],
    [["revoke", "key_nobody"], "key_nobody"],
  ])("refuses %j in one line with exit code 2", (args, part) => {
    const { status, stdout, stderr } = keys(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(part);
    expect(stderr.trimEnd()).not.toContain("\n");
  });

  it("has help", () => {
    expect(keys("--help")).toMatchObject({ status: 0, stdout: expect.stringContaining("webhook-secret") });
  });
});
