import { expect, it } from "vitest";
import { findKnownWords } from "./known-words.ts";

const things = [
  { en: "red apple", zh: "红苹果" },
  { en: "cherries", zh: "樱桃" },
  { en: "cat face", zh: "猫脸" },
  { en: "window", zh: "窗户" },
  { en: "penguin", zh: "企鹅" },
];

it.each([
  "a red apple",
  "Red apples on a table",
  "CHERRIES",
  "a cherry",
  "画一个企鹅",
  "penguin, yellow background",
])("knows %s", (prompt) => {
  expect(findKnownWords(prompt, { things })).toEqual({ isKnown: true, nearest: [] });
});

it.each([
  ["an orange cat at windows", ["cat face"]],
  ["一只橘猫", ["cat face"]],
  ["a pengiun", ["penguin"]],
  ["a spaceship", []],
  ["", []],
])("of %s the nearest are %j", (prompt, nearest) => {
  const found = findKnownWords(prompt.replace("windows", "doors"), { things });
  expect([found.isKnown, found.nearest.map(({ en }) => en)]).toEqual([false, nearest]);
});

it("looks at the beginning of a long prompt alone, so that typing stays quick", () => {
  const prompt = "lorem ipsum ".repeat(5_000);
  const many = Array.from({ length: 400 }, (_, index) => ({ en: `thing number${index}`, zh: `东西${index}` }));
  const startedAt = performance.now();
  findKnownWords(prompt, { things: many });
  expect(performance.now() - startedAt).toBeLessThan(500);
});
