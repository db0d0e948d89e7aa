import { describe, expect, it } from "vitest";
import { catalogueLimits } from "../limits.ts";
import { type Dialect, literalCells, QuotedCells, type QuoteRules } from "./quoted-cells.ts";

const comma: Dialect = { delimiter: ",", quoting: true, newline: "\n" };

function fed(rules: QuoteRules, ...lines: string[]) {
  const record = new QuotedCells(comma, rules, catalogueLimits, 7);
  return { outcomes: lines.map((line) => record.feed(line)), cells: record.cells };
}

describe("a record with quotes", () => {
  it("is open until its cell is closed, on whichever line", () => {
    const record = new QuotedCells({ ...comma, newline: "\r" }, "strict", catalogueLimits, 7);
    expect([record.feed('1,"a'), record.openCharacters]).toEqual(["open", 2]);
    expect([record.feed('b ""c"",",d'), record.openCharacters]).toEqual(["complete", 0]);
    expect(record.cells).toEqual(["1", 'a\rb "c",', "d"]);
  });

  it("is irregular by the strict rules where text follows a closing quote, and read by the lenient ones", () => {
    expect(fed("strict", '"5" pipe",a').outcomes).toEqual(["irregular"]);
    expect(fed("lenient", '"5" pipe", "b,c" ,d\r')).toEqual({ outcomes: ["complete"], cells: ['5" pipe', "b,c", "d"] });
  });

  it("ends with a sign for inches by the rules for them only", () => {
    expect(fed("inches", '"27"",black')).toEqual({ outcomes: ["complete"], cells: ['27"', "black"] });
    expect(fed("lenient", '"27"",black').outcomes).toEqual(["open"]);
  });

  it("is refused with its first line where it is too large", () => {
    const small = (limits: object) => new QuotedCells(comma, "strict", { ...catalogueLimits, ...limits }, 7);
    const long = small({ cellCharacters: 4 });
    long.feed('1,"abc');
    expect(() => long.feed('d"')).toThrow(
      expect.objectContaining({ code: "cell_too_large", problem: expect.objectContaining({ line: 7 }) }),
    );
    expect(() => small({ columns: 2 }).feed('"a",b,c')).toThrow(expect.objectContaining({ code: "too_many_columns" }));
  });
});

it("takes an opening quote that is never closed for a character, beside cells that are closed", () => {
  const cells = (line: string) => literalCells(line, comma, catalogueLimits, 7);
  expect(cells('1,"open,"b,""c""",d\r')).toEqual(["1", '"open', 'b,"c"', "d"]);
  expect(cells('"a"b,')).toEqual(['"a"b', ""]);
});
