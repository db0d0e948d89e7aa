import { describe, expect, it } from "vitest";
import { chineseDetail, prefersChinese } from "./problem-zh.ts";

it.each([
  [undefined, false],
  ["zh", true],
  ["zh-CN,zh;q=0.9,en;q=0.8", true],
  ["en-US,en;q=0.9,zh;q=0.8", false],
  ["en;q=0.5, ZH-Hant ; q=0.8", true],
  ["fr, zh;q=0.2", true],
  ["*, zh;q=0.9", false],
  ["zh;q=0", false],
  ["zha", false],
  ["zh;q=x, en;q=0.1", false],
  // The first of two that weigh the same.
  ["en, zh", false],
])("Accept-Language: %s prefers Chinese: %s", (header, expected) => {
  expect(prefersChinese(header)).toBe(expected);
});

describe("the Chinese sentence", () => {
  it("has field and English text in it as they came", () => {
    expect(chineseDetail({ code: "invalid_value", param: "a$&b", message: "$& {param}" })).toBe(
      "字段 a$&b 的值无效。（$& {param}）",
    );
    expect(chineseDetail({ code: "unknown_field", message: "m" })).toBe("未知字段 body。（m）");
  });

  it("is missing for a code that has none", () => {
    expect(chineseDetail({ code: "constructor", message: "m" })).toBeUndefined();
  });
});
