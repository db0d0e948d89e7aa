import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { isDiskFull } from "./disk-full.ts";

it("knows SQLite's own error", () => {
  const db = new DatabaseSync(":memory:");
  db.exec("PRAGMA max_page_count = 2; CREATE TABLE t (x)");
  let thrown: unknown;
  try {
    db.prepare("INSERT INTO t VALUES (?)").run("x".repeat(100_000));
  } catch (error) {
    thrown = error;
  }
  expect(String(thrown)).toContain("full");
  expect(isDiskFull(thrown)).toBe(true);
  expect(isDiskFull(new Error("stored nothing", { cause: thrown }))).toBe(true);
  db.close();
});

it.each([
  [Object.assign(new Error("no space left on device"), { code: "ENOSPC" }), true],
  [Object.assign(new Error("quota exceeded"), { code: "EDQUOT" }), true],
  [Object.assign(new Error("missing"), { code: "ENOENT" }), false],
  [Object.assign(new Error("busy"), { errcode: 5 }), false],
  ["ENOSPC", false],
])("%s: %s", (error, expected) => {
  expect(isDiskFull(error)).toBe(expected);
});
