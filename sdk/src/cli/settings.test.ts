import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connection, isExposed, readSettings, removeSettings, settingsFile, writeSettings } from "./settings.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "settings-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const env = () => ({ ZIMAGE_CONFIG: join(folder, "new", "config.json") });
const saved = { url: "https://a.test", key: "zk_1" };

it("lies where the environment says, or where the system keeps settings", () => {
  expect(settingsFile({ ZIMAGE_CONFIG: "/c.json", HOME: "/h" })).toBe("/c.json");
  expect(settingsFile({ XDG_CONFIG_HOME: "/x", HOME: "/h" })).toBe(join("/x", "zimage", "config.json"));
  expect(settingsFile({ HOME: "/h" })).toBe(join("/h", ".config", "zimage", "config.json"));
});

it("is for its owner's eyes alone, and says when it is not", async () => {
  await writeSettings(env(), saved);
  expect(await readSettings(env())).toEqual(saved);
  expect(statSync(settingsFile(env())).mode & 0o077).toBe(0);
  expect(await isExposed(env())).toBe(false);
  chmodSync(settingsFile(env()), 0o644);
  expect(await isExposed(env())).toBe(true);
  expect([await removeSettings(env()), await removeSettings(env())]).toEqual([true, false]);
  expect(await readSettings(env())).toBeUndefined();
});

it.each(["{", "[]", '{"url":"u"}', '{"url":1,"key":"k"}'])("refuses a file with %s, by its path", async (content) => {
  const ZIMAGE_CONFIG = join(folder, "config.json");
  writeFileSync(ZIMAGE_CONFIG, content);
  await expect(readSettings({ ZIMAGE_CONFIG })).rejects.toThrow(`${ZIMAGE_CONFIG} must hold {"url": "…", "key": "…"}`);
});

describe("a connection", () => {
  it.each([
    [
      "flags",
      { url: "https://f.test/", key: "f" },
      { ZIMAGE_URL: "https://e.test", ZIMAGE_API_KEY: "e" },
      "https://f.test",
      "f",
    ],
    ["the environment", {}, { ZIMAGE_URL: "https://e.test", ZIMAGE_API_KEY: "e" }, "https://e.test", "e"],
    ["the file", {}, { ZIMAGE_URL: "", ZIMAGE_API_KEY: "" }, "https://a.test", "zk_1"],
  ])("is made from %s first", (_, flags, given, baseUrl, apiKey) => {
    expect(connection(flags, given, saved)).toEqual({ baseUrl, apiKey });
  });

  it("does not send the file's key to another server", () => {
    expect(() => connection({ url: "https://evil.test" }, {}, saved)).toThrow(
      "no API key for https://evil.test; run zimage login",
    );
    expect(() => connection({}, {}, undefined)).toThrow("no API key for http://127.0.0.1:8787");
  });
});
