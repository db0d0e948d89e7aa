import { describe, expect, it } from "vitest";
import { PhraseMatcher } from "./phrase-matcher.ts";

const finds = (phrase: string, text: string, pinyin?: string) =>
  new PhraseMatcher([{ text: phrase, pinyin, label: "hit" }]).find(text).has("hit");

describe("a Latin phrase", () => {
  it.each([
    ["bad word", "a bad word here"],
    ["bad word", "a BAD\n WORD"],
    ["bad word", "ｂａｄ ｗｏｒｄ"],
    ["bad word", "𝐛𝐚𝐝 ⓦⓞⓡⓓ"],
    ["bad word", "bád wörd"],
    ["bad word", "b4d w0rd"],
    ["bad word", "b@d-w0rd!"],
    ["bad word", "badword"],
    ["bad word", "b.a.d w_o_r_d"],
    ["bad word", "b a d w o r d"],
    ["bad word", "ba\u200bd wo\u00adrd"],
    ["bad word", "bаd wоrd"], // Cyrillic а and о
    ["bad word", "baaaad word"],
    ["bad word", "ᏴᎪᎠ ᎳᎾᏒᎠ"], // Cherokee
    ["bad word", "βɑđ wøʀᴅ"],
    ["bad word", "🅱🅰🅳 🆆🅾🆁🅳"],
    ["bad word", "🇧🇦🇩 🇼🇴🇷🇩"],
    ["bad word", "b\u3164ad wo\uffa0rd"], // Hangul fillers, which are letters that nobody sees
    ["bad word", "bad word1"],
    ["kill", "k1ll, K!LL and ki|l"],
    ["$lang", "slang"],
    ["porn*", "pornographic"],
    ["naïve", "naive"],
  ])("%j is found in %j", (phrase, text) => expect(finds(phrase, text)).toBe(true));

  it.each([
    ["ass", "a class of glass"],
    ["ass", "as sour"],
    ["anal", "an al dente dish"],
    ["bad word", "bad wording"],
    ["bad word", "badge word"],
    ["bad word", "word bad"],
    ["kill", "skill, killer"],
    ["sex", "Essex, a $5 exit"],
    ["porn", "pornographic"],
  ])("%j is not found in %j", (phrase, text) => expect(finds(phrase, text)).toBe(false));
});

describe("a Chinese phrase", () => {
  it.each([
    ["坏词语", "一个坏词语在这里", undefined],
    ["坏词语", "坏 词.语", undefined],
    ["坏词语", "坏*词\u200b语", undefined],
    ["坏词语", "huai ci yu", "huai ci yu"],
    ["坏词语", "a HuaiCiYu picture", "huai ci yu"],
    ["坏词语", "huài cí yǔ", "huai ci yu"],
    ["坏词语", "坏ci语", "huai ci yu"],
    ["坏词语", "huai4 ci2 yu3", "huai ci yu"],
    ["坏词语", "坏ci2语", "huai ci yu"],
    ["坏词语", "h-u-a-i c i y u", "huai ci yu"],
  ])("%j is found in %j, pinyin %j", (phrase, text, pinyin) => expect(finds(phrase, text, pinyin)).toBe(true));

  it.each([
    ["坏词语", "坏的词语", undefined],
    ["坏词语", "huai ci yu", undefined],
    ["坏词语", "huaiciyus", "huai ci yu"],
  ])("%j is not found in %j, pinyin %j", (phrase, text, pinyin) => expect(finds(phrase, text, pinyin)).toBe(false));
});

it("finds every label at once, also of phrases that begin or end inside one another", () => {
  const texts = ["she", "he", "hers", "his", "usher"];
  const matcher = new PhraseMatcher(texts.map((text) => ({ text: `${text}*`, label: text })));
  expect([...matcher.find("hershey his ushers")].toSorted()).toEqual(["he", "hers", "his", "usher"]);
  const chinese = new PhraseMatcher(["一二三四", "二三", "三四五", "五"].map((text) => ({ text, label: text })));
  expect([...chinese.find("一二三四五")].toSorted()).toEqual(["一二三四", "三四五", "二三", "五"].toSorted());
});

it("agrees with a search for each phrase by itself", () => {
  let state = 7;
  const random = (n: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % n;
  };
  const word = (letters: string, n: number) =>
    Array.from({ length: n }, () => letters[random(letters.length)]).join("");
  for (let round = 0; round < 300; round++) {
    const phrases = Array.from({ length: 8 }, () => word("坏词语好", 1 + random(4)));
    const text = word("坏词语好", 30);
    const found = new PhraseMatcher(phrases.map((phrase) => ({ text: phrase, label: phrase }))).find(text);
    expect([text, [...found].toSorted()]).toEqual([
      text,
      [...new Set(phrases)].filter((phrase) => text.includes(phrase)).toSorted(),
    ]);
  }
});

it("takes time with the length of the text alone, at its worst", () => {
  // Every code ends 64 patterns, none of which is a whole word.
  const matcher = new PhraseMatcher(
    Array.from({ length: 64 }, (_, i) => ({ text: "ab".repeat(32).slice(0, i + 1), label: i })),
  );
  const timeOf = (text: string) => {
    const started = performance.now();
    matcher.find(text);
    return performance.now() - started;
  };
  timeOf("ab".repeat(5_000));
  const short = Math.min(...Array.from({ length: 5 }, () => timeOf("ab".repeat(5_000))));
  const long = Math.min(...Array.from({ length: 5 }, () => timeOf("ab".repeat(40_000))));
  expect(long / short).toBeLessThan(24);
  expect(short).toBeLessThan(100);
});
