import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openText, readRecordKeys, sealText } from "./record-key.ts";

const hex = "0123456789abcdef".repeat(4);
const base64 = Buffer.alloc(32, 7).toString("base64");

it("seals with the first key and opens with each", () => {
  const [first, second] = readRecordKeys({ RECORD_KEY: `${hex}\n${base64}\n` });
  const sealed = sealText(first!, "job_1", "一只狐狸 🦊");
  expect(sealed.key).toBe(first!.id);
  expect(JSON.stringify(sealed)).not.toContain("狐");
  expect(sealText(first!, "job_1", "一只狐狸 🦊").sealed).not.toBe(sealed.sealed);
  expect(openText([second!, first!], "job_1", sealed)).toBe("一只狐狸 🦊");
  expect(openText([second!], "job_1", sealed)).toBeUndefined();
});

it("opens nothing that was changed, or that is another job's", () => {
  const keys = readRecordKeys({ RECORD_KEY: hex });
  const sealed = sealText(keys[0]!, "job_1", "a fox");
  expect(() => openText(keys, "job_2", sealed)).toThrow("was changed");
  const flipped = Buffer.from(sealed.sealed, "base64url");
  flipped[14]! ^= 1;
  expect(() => openText(keys, "job_1", { ...sealed, sealed: flipped.toString("base64url") })).toThrow("was changed");
  expect(() => openText(keys, "job_1", { ...sealed, sealed: "" })).toThrow("was changed");
});

it("reads keys of a file, and refuses what is no key without showing it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "keys-"));
  const path = join(folder, "keys");
  writeFileSync(path, `${hex}\n`);
  expect(readRecordKeys({ RECORD_KEY_FILE: path })).toEqual(readRecordKeys({ RECORD_KEY: hex }));
  expect(readRecordKeys({})).toEqual([]);
  await rm(folder, { recursive: true });
  for (const env of [{ RECORD_KEY: "secret123" }, { RECORD_KEY: " " }, { RECORD_KEY_FILE: path }]) {
    expect(() => readRecordKeys(env)).toThrow(/^RECORD_KEY/);
    expect(() => readRecordKeys(env)).not.toThrow("secret123");
  }
  expect(() => readRecordKeys({ RECORD_KEY: hex, RECORD_KEY_FILE: path })).toThrow("both set");
});
