import { describe, expect, it } from "vitest";
import { cleanSku, skuProblem } from "./sku.ts";

describe("cleanSku", () => {
  it.each([
    [" \u200b00123\ufeff ", "00123"],
    ['="00123"', "00123"],
    ["'00123", "00123"],
    ['="\'7"', "7"],
    ["'", "'"],
    // Copied from a page or a list of files: marks of direction and a soft hyphen.
    ["\u202aA-1\u00ad\u200f", "A-1"],
    ["Cafe\u0301", "Caf\u00e9"],
    ["a b", "a b"],
    ['=A1&"x"', '=A1&"x"'],
  ])("%j is %j", (cell, sku) => {
    expect(cleanSku(cell)).toBe(sku);
  });
});

describe("skuProblem", () => {
  const codeOf = (sku: string, isImprecise = false) =>
    skuProblem(sku, { line: 3, column: "SKU", isImprecise })?.code ?? "none";

  it("tells a code with an E from a number that a spreadsheet has rounded", () => {
    expect(["6.9E+12", "6,9e+12", "-1E+5"].map((sku) => codeOf(sku))).toEqual(Array(3).fill("sku_scientific"));
    expect(["1E5", "12E+5", "E+5", "6.9E+12-A"].map((sku) => codeOf(sku))).toEqual(Array(4).fill("none"));
    expect([codeOf("1234567890123456", true), codeOf("1234567890123456")]).toEqual(["sku_precision_lost", "none"]);
  });

  it("takes no word for nothing as a SKU", () => {
    for (const word of ["N/A", "null", "None", "-", "——", "无"]) expect(codeOf(word)).toBe("sku_missing");
    expect(["NA", "0", "null-1"].map((sku) => codeOf(sku))).toEqual(Array(3).fill("none"));
  });

  it("takes 200 characters, and names what is wrong with more, with a formula and with what cannot be seen", () => {
    expect(codeOf("x".repeat(200))).toBe("none");
    const why = (sku: string) => skuProblem(sku, { line: 3, column: "SKU", isImprecise: false })?.message.en;
    expect(why("x".repeat(201))).toContain("it has 201 characters, more than 200");
    expect(why("=A1")).toContain("it is a formula");
    expect(why("a\u0085b")).toContain("it holds control characters");
    expect(why("a\ufffd")).toContain("bytes in another encoding");
    expect(codeOf("", true)).toBe("sku_missing");
  });
});
