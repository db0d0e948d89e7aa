import { describe, expect, it } from "vitest";
import { randomStream } from "../../../gpu-worker/training/data/random-stream.ts";
import { backgroundColours } from "./background-colours.ts";
import {
  backgroundCaptions,
  heldOutCaption,
  heldOutCaptions,
  scoreCaptions,
  tagCaptions,
  trainingCaption,
  withArticle,
} from "./captions.ts";
import type { EmojiObject } from "./emoji-object.ts";

const apple: EmojiObject = { hexcode: "1", en: "red apple", zh: "红苹果", tags: { en: ["ripe"], zh: ["成熟"] } };
const many = (count: number, mix = {}) =>
  Array.from({ length: count }, (_, i) => trainingCaption(apple, randomStream(1, 0, i), mix));
const share = <T>(items: readonly T[], test: (item: T) => boolean) => items.filter(test).length / items.length;

describe("a training caption", () => {
  it("is decided by its stream", () => {
    expect(many(50)).toEqual(many(50));
    expect(new Set(many(200).map(({ text }) => text)).size).toBeGreaterThan(100);
  });

  it("names the object or a tag, unless it is empty", () => {
    for (const { text, language } of many(2000)) {
      if (text === "") continue;
      expect(text.toLowerCase()).toMatch(language === "en" ? /red apple|ripe/ : /红苹果|成熟/);
      expect(text).not.toMatch(/[{}]|undefined/);
    }
  });

  it("says every background but white, and no other", () => {
    for (const { text, language, background } of many(3000)) {
      const said = Object.entries(backgroundColours).filter(([, { names }]) => {
        const others = text.toLowerCase().replaceAll("red apple", "");
        return language === "en" ? new RegExp(`\\b${names.en}\\b`).test(others) : others.includes(names.zh);
      });
      if (text === "") continue;
      if (background === "white") expect(said.every(([name]) => name === "white")).toBe(true);
      else expect(said.map(([name]) => name)).toEqual([background]);
    }
  });

  it("keeps to the shares asked for", () => {
    const captions = many(8000);
    const near = (value: number, expected: number) => expect(Math.abs(value - expected)).toBeLessThan(0.02);
    near(
      share(captions, ({ language }) => language === "zh"),
      0.5,
    );
    near(
      share(captions, ({ text }) => text === ""),
      0.05,
    );
    near(
      share(captions, ({ text }) => /ripe|成熟/i.test(text)),
      0.95 * 0.15,
    );
    near(
      share(captions, ({ text }) => /^[A-Z]/.test(text)),
      0.5 * 0.95 * 0.15 + 0.01,
    );
    // White: 60 % of all, and every bare name.
    near(
      share(captions, ({ background }) => background === "white"),
      0.6 + 0.4 * 0.15,
    );
    const stage1 = many(2000, { white: 1, bare: 0.5, empty: 0, tag: 0, loose: 0 });
    expect(stage1.every(({ background }) => background === "white")).toBe(true);
    expect(share(stage1, ({ text }) => /^(red apple|红苹果)[.。]?$/i.test(text))).toBeGreaterThan(0.48);
    expect(stage1.some(({ text }) => text === "")).toBe(false);
  });

  it("never uses a held-out wording", () => {
    const heldOut = new Set((["en", "zh"] as const).flatMap((language) => heldOutCaptions(apple, language)));
    const plain = (text: string) => text.replace(/[.。]$/, "");
    for (const { text } of many(5000)) {
      expect(heldOut.has(plain(text))).toBe(false);
      expect(heldOut.has(plain(text.charAt(0).toLowerCase() + text.slice(1)))).toBe(false);
    }
  });
});

it("lists the wordings that scores are taken with", () => {
  expect(scoreCaptions(apple, "en")).toContain("a picture of a red apple");
  expect(scoreCaptions(apple, "zh")).toContain("画一个红苹果");
  expect(backgroundCaptions(apple, "en", "blue")).toContain("a red apple on a blue background");
  expect(backgroundCaptions(apple, "zh", "pink")).toContain("红苹果，粉色背景");
  expect(tagCaptions(apple, "zh")).toContain("成熟的图片");
  expect(tagCaptions({ ...apple, tags: { en: [], zh: [] } }, "en")).toEqual([]);
  expect(heldOutCaptions(apple, "en")).toContain("a cute illustration of a red apple");
  expect(heldOutCaptions(apple, "zh")).toContain(heldOutCaption(apple, "zh", randomStream(4)));
});

it.each([
  ["cat", "a cat"],
  ["egg", "an egg"],
  ["owl", "an owl"],
  ["unicorn", "a unicorn"],
  ["ewe", "a ewe"],
  ["umbrella", "an umbrella"],
  ["one-piece swimsuit", "a one-piece swimsuit"],
  ["hourglass", "an hourglass"],
  ["house", "a house"],
  ["x-ray", "an x-ray"],
  ["T-Rex", "a T-Rex"],
  ["glasses", "glasses"],
  ["bow and arrow", "a bow and arrow"],
  ["nest with eggs", "a nest with eggs"],
  ["dress", "a dress"],
  ["bus", "a bus"],
  ["rhinoceros", "a rhinoceros"],
  ["skis", "skis"],
])("%s takes its article: %s", (name, expected) => {
  expect(withArticle(name)).toBe(expected);
});
