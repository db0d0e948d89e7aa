import { describe, expect, it } from "vitest";
import { catalogueLimits } from "../limits.ts";
import { JsonSplitter } from "./split-json.ts";

/** What comes out of a text that arrives in pieces of so many characters. */
function split(text: string, depth: number, size = text.length, limits = catalogueLimits) {
  const splitter = new JsonSplitter(depth, limits);
  const found: [line: number, text: string][] = [];
  for (let at = 0; at < text.length; at += size) {
    for (const { line, text: object } of splitter.push(text.slice(at, at + size))) found.push([line, object]);
  }
  return { found, isComplete: splitter.isComplete };
}

describe("JsonSplitter", () => {
  it("cuts at brackets, and not at those within strings or behind an escaped quote", () => {
    const first = '{"sku":"}{","title":"27\\" {\\\\"}';
    const second = '{\n"sizes":[{"s":1}]}';
    const text = `${first}\n${second}`;
    for (const size of [1, 2, 7, text.length]) {
      expect(split(text, 0, size).found, `pieces of ${size}`).toEqual([
        [1, first],
        [2, second],
      ]);
    }
  });

  it("takes the objects at the asked depth, and neither those around nor those within them", () => {
    const text = '{"note":{"a":0},\n"items":[{"b":{"c":1}},\n[{"d":2}],{"e":3}]}';
    expect(split(text, 2).found).toEqual([
      [2, '{"b":{"c":1}}'],
      [3, '{"e":3}'],
    ]);
  });

  it("refuses objects within objects without end, closed or not", () => {
    for (const text of ['[{"a":1},\n', "\n"].map(
      (before) => `${before}${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`,
    )) {
      expect(() => split(text, text.startsWith("[") ? 1 : 0, 65_536)).toThrow(
        expect.objectContaining({ code: "file_damaged", message: expect.stringContaining("line 2 has more than 200") }),
      );
    }
    expect(split(`${'{"a":'.repeat(200)}1${"}".repeat(200)}`, 0).found).toHaveLength(1);
  });

  it("knows a text that breaks off", () => {
    expect(split('[{"a":1}]', 1).isComplete).toBe(true);
    expect(split('[{"a":1}', 1)).toEqual({ found: [[1, '{"a":1}']], isComplete: false });
    expect(split('"a', 0).isComplete).toBe(false);
  });

  it("refuses an object that is larger than a record may be, whole or in pieces, and counts each by itself", () => {
    const limits = { ...catalogueLimits, recordCharacters: 12 };
    expect(split('{"a":"1234"}{"b":"1234"}', 0, 5, limits).found).toHaveLength(2);
    for (const size of [3, 100]) {
      const refused = () => split('{"a":1}\n\n{"b":"12345"}', 0, size, limits);
      expect(refused).toThrow(expect.objectContaining({ code: "cell_too_large" }));
      expect(refused).toThrow("line 3 ");
    }
  });
});
