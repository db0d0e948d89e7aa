import { describe, expect, it } from "vitest";
import { maxPromptCharacters } from "../limits.ts";
import type { Vocabulary } from "./model-facts.ts";
import { vocabularyWarnings } from "./vocabulary-warnings.ts";

const vocabulary: Vocabulary = {
  things: [
    { en: "red apple", zh: "红苹果" },
    { en: "teapot", zh: "茶壶" },
    { en: "cat face", zh: "猫脸", tags: { en: ["kitty"], zh: ["猫咪"] } },
    { en: "hot beverage", zh: "热饮", tags: { en: ["coffee"], zh: ["咖啡"] } },
    { en: "cherries", zh: "樱桃" },
    { en: "palm tree", zh: "棕榈树" },
    { en: "fork and knife", zh: "刀叉" },
    { en: "umbrella", zh: "伞" },
  ],
  backgrounds: [{ en: "red", zh: "红色" }],
};
const warnings = (prompt: string) => vocabularyWarnings(prompt, { id: "tiny", vocabulary });
const nearest = (prompt: string) => {
  const [warning] = warnings(prompt);
  return (warning?.values.nearest as readonly { en: string }[] | undefined)?.map(({ en }) => en);
};

it("says nothing of a model that draws whatever it is asked for", () => {
  expect(vocabularyWarnings("a dragon in the fog", { id: "large" })).toEqual([]);
});

it.each([
  "a teapot",
  "TEAPOTS, please",
  "a photo of a red apple on a table",
  "cherry",
  "a cat in the garden",
  "fork and knife",
  "一个茶壶，红色背景",
  "画一只猫",
  "雨天打着伞的人",
  "",
  "!?",
])("finds what is named in %j", (prompt) => {
  expect(warnings(prompt)).toEqual([]);
});

it("says how many things the model knows, and which are nearest", () => {
  expect(warnings("a cup of coffee with a friend")).toEqual([
    {
      code: "unknown_object",
      message: "tiny knows 8 objects; none found in this prompt; nearest: hot beverage",
      param: "prompt",
      values: { model: "tiny", known: 8, nearest: [{ en: "hot beverage", zh: "热饮" }] },
    },
  ]);
});

describe("the nearest things", () => {
  it.each([
    ["a green apple", ["red apple"]],
    ["kittys playing", ["cat face"]],
    ["an umbrela", ["umbrella"]],
    ["a tree", ["palm tree"]],
    ["一杯咖啡", ["hot beverage"]],
    ["一棵松树", ["palm tree"]],
  ])("to %j are %j", (prompt, expected) => {
    expect(nearest(prompt)).toEqual(expected);
  });

  it("are the first ones where nothing is in common", () => {
    expect(nearest("qqqq")).toEqual(["red apple", "teapot", "cat face", "hot beverage", "cherries"]);
  });
});

it("takes time that grows no faster than the prompt, whatever is in it", () => {
  const names = Array.from({ length: 2_000 }, (_, index) => ({ en: `thing${index} one two`, zh: `物${index}件` }));
  const large = { id: "large", vocabulary: { things: names, backgrounds: [] } };
  vocabularyWarnings("first", large); // makes its index
  for (const piece of ["abcdefgh ", "物件天", "thing one ", "a"]) {
    const prompt = piece.repeat(maxPromptCharacters).slice(0, maxPromptCharacters);
    const startedAt = performance.now();
    expect(vocabularyWarnings(prompt, large)).toHaveLength(1);
    expect(performance.now() - startedAt, piece).toBeLessThan(500);
  }
});
