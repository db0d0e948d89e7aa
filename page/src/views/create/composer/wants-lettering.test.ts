import { expect, it } from "vitest";
import { wantsLettering } from "./wants-lettering.ts";

it.each([
  ["a wooden shop sign that says Morning Coffee", true],
  ['a sign that says "OPEN"', false],
  ["a sign that says “OPEN”", false],
  ["国风茶馆的木质招牌，写着清心茶舍", true],
  ["国风茶馆的木质招牌，写着“清心茶舍”", false],
  ["a red apple", false],
  ["a designer's desk", false],
])("%s: %s", (prompt, wants) => {
  expect(wantsLettering(prompt)).toBe(wants);
});
