import { parse } from "csv-parse/sync";
import papaparse from "papaparse";
import { describe, expect, it } from "vitest";
import { cpuMs } from "../../../test/support/cpu-ms.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { catalogueLimits } from "../limits.ts";
import { Warnings } from "../problems/warnings.ts";
import { DelimitedReader } from "./delimited-reader.ts";
import type { Dialect } from "./quoted-cells.ts";

const comma: Dialect = { delimiter: ",", quoting: true, newline: "\n" };

/** @param pieceLength - the text arrives in pieces of so many characters */
function read(text: string, { dialect = comma, width, pieceLength = text.length, warnings }: ReadOptions = {}) {
  const reader = new DelimitedReader({ dialect, limits: catalogueLimits, width, warnings });
  const records = [];
  for (let at = 0; at < text.length; at += pieceLength) records.push(...reader.push(text.slice(at, at + pieceLength)));
  return [...records, ...reader.end()];
}

interface ReadOptions {
  readonly dialect?: Dialect;
  readonly width?: number;
  readonly pieceLength?: number;
  readonly warnings?: Warnings;
}

const cellsOf = (text: string, options?: ReadOptions) => read(text, options).map(({ cells }) => cells);

describe("well-formed text", () => {
  const alphabet = ["a", "花", " ", "x y", ",", '"', "\n", "\r\n", ";", "😀", "", "1.5"];

  function randomTable(random: () => number): string[][] {
    const width = 2 + Math.floor(random() * 4);
    const rows = 1 + Math.floor(random() * 8);
    const cell = () =>
      Array.from({ length: random() * 5 }, () => alphabet[Math.floor(random() * alphabet.length)]).join("");
    return Array.from({ length: rows }, () => Array.from({ length: width }, cell));
  }

  function written(table: readonly (readonly string[])[], lineEnd: string, random: () => number): string {
    const cell = (text: string) => (/[",\r\n]/.test(text) || random() < 0.2 ? `"${text.replaceAll('"', '""')}"` : text);
    return table.map((row) => row.map(cell).join(",")).join(lineEnd) + (random() < 0.5 ? lineEnd : "");
  }

  it("is read as it was written, and as csv-parse and papaparse read it, in pieces of any length", () => {
    for (let seed = 1; seed <= 600; seed++) {
      const random = seededRandom(seed);
      const table = randomTable(random);
      const text = written(table, random() < 0.5 ? "\n" : "\r\n", random);
      const cells = cellsOf(text, { pieceLength: 1 + Math.floor(random() * 12), width: table[0]!.length });
      expect(cells, `seed ${seed}`).toEqual(table);
      expect(cells, `seed ${seed}`).toEqual(
        parse(text, { record_delimiter: ["\r\n", "\n"], relax_column_count: true }),
      );
      const newline = text.includes("\r\n") && !/(^|[^\r])\n/.test(text) ? "\r\n" : undefined;
      if (newline !== undefined) {
        expect(cells).toEqual(papaparse.parse(text.replace(/\r\n$/, ""), { newline, delimiter: "," }).data);
      }
    }
  });

  it("has the line on which each record begins", () => {
    expect(read('a,b\n"1\n2\n3",x\r\ny,z').map(({ line }) => line)).toEqual([1, 2, 5]);
  });

  it("may end its lines with carriage returns, and use any delimiter", () => {
    expect(cellsOf('a|b\r"1|2"|3\r', { dialect: { delimiter: "|", quoting: true, newline: "\r" } })).toEqual([
      ["a", "b"],
      ["1|2", "3"],
    ]);
  });
});

describe("bad quoting", () => {
  const malformed = [
    "1,plain,a",
    '2,5" pipe,b',
    '3,"5" pipe",c',
    '4,"x"y,d',
    '5, "with, comma",e',
    '6,"never closed,f',
    '7,"said ""yes""",g',
  ];

  it.each([1, 3, 1_000])("costs no row, in pieces of %i characters", (pieceLength) => {
    const warnings = new Warnings();
    expect(cellsOf(malformed.join("\n"), { width: 3, pieceLength, warnings })).toEqual([
      ["1", "plain", "a"],
      ["2", '5" pipe', "b"],
      ["3", '5" pipe', "c"],
      ["4", '"x"y', "d"],
      ["5", "with, comma", "e"],
      ["6", '"never closed', "f"],
      ["7", 'said "yes"', "g"],
    ]);
    expect(warnings.list().map(({ code, lines }) => [code, lines])).toEqual([
      ["irregular_quotes", [3, 4]],
      ["unclosed_quote", [6]],
    ]);
  });

  it("does not let two unclosed quotes swallow the rows between them", () => {
    const warnings = new Warnings();
    expect(cellsOf('1,"a,x\n2,b,x\n3,c"\n4,d,x\n', { width: 3, warnings })).toEqual([
      ["1", '"a', "x"],
      ["2", "b", "x"],
      ["3", 'c"'],
      ["4", "d", "x"],
    ]);
    expect(warnings.list()).toMatchObject([{ code: "unclosed_quote", count: 1, lines: [1] }]);
  });

  it("reads a sign for inches at the end of a cell", () => {
    expect(cellsOf('"27"",black\n"24"",white\n', { width: 2 })).toEqual([
      ['27"', "black"],
      ['24"', "white"],
    ]);
  });

  it("keeps a description of more than 200 lines whose end makes the record fit", () => {
    const description = "<p>line</p>\n".repeat(300);
    expect(cellsOf(`1,"${description}",x\n2,b,y\n`, { width: 3, pieceLength: 100 })).toEqual([
      ["1", description, "x"],
      ["2", "b", "y"],
    ]);
  });

  it("takes a quote for a character after 200 lines, and at the end", () => {
    const warnings = new Warnings();
    const text = `1,"open\n${"2,x\n".repeat(250)}3,"also\n`;
    const cells = cellsOf(text, { width: 2, warnings });
    expect(cells).toHaveLength(252);
    expect(cells[0]).toEqual(["1", '"open']);
    expect(cells.at(-1)).toEqual(["3", '"also']);
    expect(warnings.list()).toMatchObject([{ code: "unclosed_quote", lines: [1, 252] }]);
  });

  it("reads no quotes where there are none", () => {
    expect(cellsOf('a\t"b\nc\t"d"\n', { dialect: { delimiter: "\t", quoting: false, newline: "\n" } })).toEqual([
      ["a", '"b'],
      ["c", '"d"'],
    ]);
  });
});

describe("limits", () => {
  it.each([
    ["unquoted", `1,2\n3,${"x".repeat(1_000_001)}\n`],
    ["quoted", `1,2\n3,"${"x".repeat(1_000_001)}"\n`],
    ["without end", `1,2\n3,${"x".repeat(4_100_000)}`],
    ["quoted, without end", `1,2\n"${"x".repeat(4_100_000)}`],
  ])("refuses a cell of more than a million characters with its line: %s", (_, text) => {
    expect(() => read(text, { pieceLength: 1_000_000, width: 2 })).toThrow(
      expect.objectContaining({ code: "cell_too_large", problem: expect.objectContaining({ line: 2 }) }),
    );
  });

  it("keeps a cell of a million characters", () => {
    expect(cellsOf(`"${"x".repeat(1_000_000)}",1`)[0]![0]).toHaveLength(1_000_000);
  });

  it.each([
    `1,2\n${",".repeat(2_000)}\n`,
    `1,2\n${",".repeat(5_000_000)}`,
    `1,2\n${'"",'.repeat(2_000)}\n`,
  ])("refuses more than two thousand columns with the line (%#)", (text) => {
    expect(() => read(text, { pieceLength: 1_000_000, width: 2 })).toThrow(
      expect.objectContaining({ code: "too_many_columns", problem: expect.objectContaining({ line: 2 }) }),
    );
  });

  // Each took papaparse or a draft of this reader time that grew with the square of the length.
  it.each([
    ['"x"y in one line', '"x"y'.repeat(250_000)],
    ['"x"y on each line', '"x"y\n'.repeat(200_000)],
    ['"x"y, in lines of a thousand cells', `${'"x"y,'.repeat(1_000)}\n`.repeat(200)],
    ["an open quote on each line", 'a,"b\n'.repeat(200_000)],
    ["pairs", '"'.repeat(1_000_000)],
    ["pairs and delimiters", `${'",""'.repeat(1_500)}\n`.repeat(160)],
    ["lines without a delimiter", "x\n".repeat(500_000)],
    ["spaces before quotes", `${'  "'.repeat(1_000)}\n`.repeat(330)],
    ["cells that close and open on each line", 'x","\n'.repeat(160_000)],
    ["an open quote every 201 lines", `"${"x\n".repeat(201)}`.repeat(2_400)],
  ])("reads a megabyte of %s in less than a second of CPU", async (_, text) => {
    expect(await cpuMs(() => read(text, { pieceLength: 65_536, width: 2 }))).toBeLessThan(1_000);
  });
});
