import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { phrasesOf } from "./block-list.ts";
import { defaultModeration, readModeration } from "./moderation-settings.ts";
import { PhraseMatcher } from "./phrase-matcher.ts";

const read = (rules: object, env = {}) => readModeration({ MODERATION: JSON.stringify(rules), ...env });
const found = (rules: object, text: string) => [...new PhraseMatcher(phrasesOf(read(rules).blockList)).find(text)];

it("is the small built-in list where nothing is set", () => {
  expect(readModeration({})).toBe(defaultModeration);
  expect(phrasesOf(defaultModeration.blockList).length).toBeLessThan(50);
  expect(found({}, "child-p0rn")).toEqual(["sexual/minors"]);
  expect(found({ builtIn: false }, "child-p0rn")).toEqual([]);
});

it("knows people and brands only where that is switched on", () => {
  const prompt = "Taylor Swift 穿着耐克";
  expect(found({}, prompt)).toEqual([]);
  expect(found({ people: true }, prompt)).toEqual(["people"]);
  expect(found({ people: true, brands: true }, prompt).toSorted()).toEqual(["brands", "people"]);
});

it("reads a file, with defaults, and gives the hooks their key", () => {
  const file = join(mkdtempSync(join(tmpdir(), "rules-")), "rules.json");
  const blockList = [{ phrases: ["acme", { text: "坏词", pinyin: "huai ci" }] }];
  writeFileSync(file, JSON.stringify({ builtIn: false, blockList, text: { url: "http://10.0.0.1/v1/moderations" } }));
  expect(readModeration({ MODERATION: file, MODERATION_KEY: "k" })).toEqual({
    blockList: [{ category: "blocked", phrases: blockList[0]!.phrases }],
    text: {
      url: "http://10.0.0.1/v1/moderations",
      timeoutMs: 3_000,
      onFailure: "refuse",
      key: "k",
      keySecret: undefined,
    },
    image: undefined,
    classifier: undefined,
  });
});

describe("says what is wrong", () => {
  it.each([
    [{ blocklist: [] }, /MODERATION: the rules Unrecognized key/],
    [{ text: { url: "ftp://x" } }, /text\.url/],
    [{ text: { url: "https://x", timeoutMs: 1 } }, /text\.timeoutMs/],
    [{ blockList: [{ phrases: ["x"] }] }, /blockList\.0\.phrases\.0/],
    [{ blockList: [{ phrases: ["--- ...", "ab"] }] }, /blockList\.0\.phrases\.0/],
    [{ blockList: [{ category: "nothing", phrases: ["xx"] }] }, /blockList\.0\.category/],
    [{ blockList: [{ phrases: [{ text: "坏词语", pinyin: "huai ci" }] }] }, /blockList\.0\.phrases\.0/],
    [{ blockList: [{ phrases: Array.from({ length: 1_001 }, (_, i) => `word ${i}`) }] }, /blockList/],
  ])("%j", (rules, message) => expect(() => read(rules)).toThrow(message));

  it("of a file that is not there, and of text that is no JSON", () => {
    expect(() => readModeration({ MODERATION: "no-such-rules.json" })).toThrow(/no-such-rules\.json.*cannot be read/);
    expect(() => readModeration({ MODERATION: "{" })).toThrow(/not valid JSON/);
  });
});
