import { describe, expect, it } from "vitest";
import { parseCsv } from "./csv.ts";

describe("a CSV text", () => {
  it.each([
    [
      "plain rows",
      "a,b\nc,d\n",
      [
        ["a", "b"],
        ["c", "d"],
      ],
    ],
    [
      "no line end at the end",
      "a,b\nc,d",
      [
        ["a", "b"],
        ["c", "d"],
      ],
    ],
    [
      "Windows line ends and empty lines",
      "a,b\r\n\r\nc,d\r\n",
      [
        ["a", "b"],
        ["c", "d"],
      ],
    ],
    ["a byte order mark", "\ufeffa,b\n", [["a", "b"]]],
    [
      "empty fields",
      "a,b,c\n,,\nx,,",
      [
        ["a", "b", "c"],
        ["", "", ""],
        ["x", "", ""],
      ],
    ],
    ["quotes around commas, quotes and line ends", '"a, ""b""","c\nd"\n', [['a, "b"', "c\nd"]]],
    ["a quoted empty field", '"",b', [["", "b"]]],
    [
      "Chinese",
      "文件,文字\n猫.png,一只猫",
      [
        ["文件", "文字"],
        ["猫.png", "一只猫"],
      ],
    ],
    ["nothing", "", []],
  ])("with %s", (_, text, rows) => {
    expect(parseCsv(text)).toEqual(rows);
  });

  it.each([
    ["a quote that is never closed", 'a,b\n"c,d\n', "line 2: a quoted field is never closed"],
    ["text after a closing quote", '"a"b,c', "line 1: expected a comma"],
    ["a quote inside a bare field", 'a"b,c', "line 1: a field with a quote"],
    ["a row of another length", "a,b\nc\n", "line 2: expected 2 fields as in the first line, got 1"],
    ["a wrong row after a field of two lines", '"a\nb",c\nd\n', "line 3: expected 2 fields"],
  ])("with %s is refused by line", (_, text, message) => {
    expect(() => parseCsv(text)).toThrow(message);
  });
});
