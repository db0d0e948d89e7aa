import { expect, it } from "vitest";
import { encodeText } from "../../../test/support/catalogue/encode-text.ts";
import { type LetterEncoding, letterScore } from "./letter-score.ts";

it("is high for what somebody wrote, and lower for the same bytes read as something else", () => {
  const bytes = encodeText("不锈钢保温杯,红色,简约陶瓷花瓶", "gb18030");
  const score = (encoding: LetterEncoding) => letterScore(new TextDecoder(encoding).decode(bytes), encoding);
  expect(score("gb18030")).toBeGreaterThan(0.8);
  for (const other of ["big5", "shift_jis", "euc-kr", "windows-1252", "windows-1251"] as const) {
    expect(score(other), other).toBeLessThan(0.6);
  }
});

it("counts characters beyond ASCII only, and is never negative", () => {
  expect(letterScore("plain bag", "windows-1252")).toBe(0);
  expect(letterScore("bag, bag, bag 红", "gb18030")).toBe(letterScore("红", "gb18030"));
  // Private use: nobody writes it.
  expect(letterScore("\uE000\uE001", "gb18030")).toBe(0);
});

it("holds a capital after a small Cyrillic letter against the text", () => {
  expect(letterScore("Ваза", "windows-1251")).toBeCloseTo((0.9 + 1 + 1 + 1) / 4);
  expect(letterScore("ваЗа", "windows-1251")).toBeCloseTo((0.5 + 1 + 0 + 1) / 4);
});

it("takes an apostrophe within a European word, but no other sign, nor two letters in a row", () => {
  expect(letterScore("l’eau", "windows-1252")).toBe(0.8);
  expect(letterScore("l“eau", "windows-1252")).toBe(0);
  expect(letterScore("caféé", "windows-1252")).toBeLessThan(letterScore("café", "windows-1252"));
});
