import { describe, expect, it } from "vitest";
import { Warnings } from "../problems/warnings.ts";
import { cellValue } from "./cell-value.ts";
import { parseFormat, plain } from "./number-text.ts";
import { SharedStrings } from "./shared-strings.ts";

function setUp() {
  const strings = new SharedStrings();
  for (const text of ["sku", "Vase"]) strings.add(text);
  const warnings = new Warnings();
  const context = { strings, formats: [plain, parseFormat("yyyy-mm-dd")], is1904: false, warnings };
  const value = (cell: Partial<Parameters<typeof cellValue>[0]>) =>
    cellValue(
      {
        type: "n",
        style: 0,
        value: "",
        hasValue: "value" in cell,
        formula: "",
        hasFormula: "formula" in cell,
        ...cell,
      },
      7,
      context,
    );
  return { value, warnings };
}

describe("cellValue", () => {
  it("is empty where a cell refers to no shared text, between two of them too", () => {
    const { value } = setUp();
    expect(["1", "2", "-1", "0.5", "x", ""].map((text) => value({ type: "s", value: text }).text)).toEqual([
      "Vase",
      "",
      "",
      "",
      "",
      "",
    ]);
  });

  it("warns of errors and of formulas that were never computed, with the line of each", () => {
    const { value, warnings } = setUp();
    expect(value({ type: "e", value: "#REF!" })).toEqual({ text: "" });
    expect(value({ formula: "A1+B1" })).toEqual({ text: "" });
    expect(value({ formula: "A1+B1", value: "3" })).toEqual({ text: "3" });
    expect(warnings.list()).toMatchObject([
      { code: "error_value", count: 1, lines: [7] },
      { code: "formula_without_value", count: 1, lines: [7] },
    ]);
  });

  it("takes a picture's name or link out of a formula, computed or not", () => {
    const { value, warnings } = setUp();
    expect(value({ formula: '_xlfn.DISPIMG("ID_1",1)' })).toEqual({ text: "", pictureName: "ID_1" });
    expect(value({ type: "str", value: '=DISPIMG("ID_2",1)' })).toEqual({ text: "", pictureName: "ID_2" });
    expect(value({ formula: '_xlfn.IMAGE("https://x/a.jpg")' })).toEqual({ text: "https://x/a.jpg" });
    expect(value({ type: "inlineStr", value: 'see DISPIMG("ID_3",1)' })).toEqual({ text: 'see DISPIMG("ID_3",1)' });
    expect(warnings.list()).toEqual([]);
  });

  it("marks numbers that lost digits, which no date is", () => {
    const { value } = setUp();
    expect(value({ value: "4006381333931230000" })).toEqual({ text: "4006381333931230000", isImprecise: true });
    expect(value({ value: "999999999999999" })).toEqual({ text: "999999999999999" });
    expect(value({ value: "4006381333931230000", style: 1 })).toEqual({ text: "4006381333931230000" });
    expect(value({ value: "5", style: 99 })).toEqual({ text: "5" });
  });
});
