import { describe, expect, it } from "vitest";
import { openZip } from "../../../test/support/catalogue/open-zip.ts";
import { catalogueLimits } from "../limits.ts";
import { readSharedStrings, SharedStrings, unescaped } from "./shared-strings.ts";

const name = "xl/sharedStrings.xml";

describe("SharedStrings", () => {
  it("gives each text back, whether it fills a slab, begins a new one, or fits in none", () => {
    const texts = [
      "",
      "é",
      "a".repeat(700_000),
      "花".repeat(200_000),
      "",
      "b".repeat(1_048_576),
      "花".repeat(400_000),
      "z",
    ];
    const strings = new SharedStrings();
    for (const text of texts) strings.add(text);
    expect(texts.map((text, index) => strings.get(index) === text)).toEqual(texts.map(() => true));
    expect(strings.count).toBe(8);
  });

  it("keeps more texts than it first has places for", () => {
    const strings = new SharedStrings();
    for (let number = 0; number < 5_000; number++) strings.add(`SKU-${number}`);
    expect([0, 1_023, 1_024, 4_999].map((index) => strings.get(index))).toEqual([
      "SKU-0",
      "SKU-1023",
      "SKU-1024",
      "SKU-4999",
    ]);
  });

  it("has nothing at a number that is not one of its own", () => {
    const strings = new SharedStrings();
    strings.add("a");
    strings.add("b");
    expect([2, -1, 0.5, Number.NaN].map((index) => strings.get(index))).toEqual(Array(4).fill(undefined));
  });

  it("refuses more than 256 MiB of text", () => {
    const strings = new SharedStrings();
    // Longer than a slab, so that they are only held, not copied.
    const text = "x".repeat(32 * 1_048_576);
    for (let number = 0; number < 8; number++) strings.add(text);
    expect(() => strings.add("x")).toThrow(expect.objectContaining({ code: "file_inflates_too_much" }));
  });
});

describe("readSharedStrings", () => {
  it("joins rich text without readings, and gives a text that is empty its number", async () => {
    const body =
      "<sst><si><r><t>東</t></r><r><t>京</t></r><rPh><t>トウキョウ</t></rPh></si><si/><si><t>a_x000D_b</t></si></sst>";
    const strings = await readSharedStrings(await openZip({ [name]: body }), name, catalogueLimits);
    expect([0, 1, 2, 3].map((index) => strings.get(index))).toEqual(["東京", "", "a\rb", undefined]);
  });

  it("refuses a text that is too long for a cell, all parts together", async () => {
    const zip = await openZip({ [name]: "<sst><si><t>ab</t></si><si><r><t>abc</t></r><r><t>d</t></r></si></sst>" });
    const limits = { ...catalogueLimits, cellCharacters: 3 };
    await expect(readSharedStrings(zip, name, limits)).rejects.toMatchObject({ code: "cell_too_large" });
  });
});

describe("unescaped", () => {
  it("leaves an escaped escape as the text that it stands for", () => {
    expect(unescaped("_x005F_x000D_ _x00e9_ _xyz_ max_x1_")).toBe("_x000D_ é _xyz_ max_x1_");
  });
});
