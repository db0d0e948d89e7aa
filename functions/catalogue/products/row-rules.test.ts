import { describe, expect, it } from "vitest";
import { type ExportProfile, genericProfile } from "../profiles/profile.ts";
import type { ColumnMapping } from "./product.ts";
import { RowRules } from "./row-rules.ts";

const columns = ["Code", "Handle", "Title", "Option", "Value", "Photo", "Gallery", "Type"];
const profile: ExportProfile = {
  ...genericProfile,
  sku: ["Code"],
  key: ["Handle"],
  skuFromOptions: true,
  options: [["Option", "Value"]],
  photos: [{ column: "Photo" }, { column: "Gallery", of: "first" }],
  skip: [
    { kind: "grouped", column: "Type", values: ["grouped"] },
    { kind: "image_row", empty: ["Code", "Title"], filled: "Gallery" },
    { kind: "never", column: "No such column", values: [""] },
  ],
};

const rulesOf = (mapping: ColumnMapping = { sku: "Code", title: "Title" }, isImageAsked = false) =>
  new RowRules({ columns, profile, mapping, isImageAsked });

/** A row with these cells filled. */
const row = (cells: { readonly [column: string]: string }) => columns.map((column) => cells[column] ?? "");

describe("a row", () => {
  it("is left out only where all conditions of a rule hold", () => {
    const rules = rulesOf();
    expect(rules.skipKind(row({ Code: "A", Type: "Virtual, Grouped" }))).toBe("grouped");
    expect(rules.skipKind(row({ Gallery: "2.jpg" }))).toBe("image_row");
    expect(rules.skipKind(row({ Gallery: "2.jpg", Title: "Vase" }))).toBeUndefined();
    expect(rules.skipKind(row({ Handle: "vase" }))).toBeUndefined();
  });

  it("without SKU is named by its key and options, unless the caller has named another column", () => {
    const cells = row({ Handle: "bar tape", Option: "Color", Value: "Dark Red" });
    expect(rulesOf().skuOf(cells)).toBe("bar-tape-Dark-Red");
    expect(rulesOf().skuOf(row({ Handle: "bell", Value: "Default Title" }))).toBe("bell");
    expect(rulesOf().skuOf(row({ Value: "Red" }))).toBe("");
    const both = row({ Code: "A-1", Type: "" });
    expect(rulesOf().skuOf(both)).toBe("A-1");
    expect(rulesOf({ sku: "Type" }).skuOf(both)).toBe("");
  });

  it("inherits what is empty, and never what tells it from its siblings", () => {
    const first = row({ Code: "A", Handle: "vase", Title: "Vase", Option: "Size", Value: "L", Photo: "a.jpg" });
    const own = row({ Type: " ", Option: "Color" });
    expect(rulesOf().inherited(own, first)).toEqual(row({ Title: "Vase", Option: "Color" }));
  });

  it("has a picture that floats beside the column of photos, where it is the only one and the cell is empty", () => {
    const beside = { column: 7, entry: "xl/media/1.png", name: "1.png" };
    const photoOf = (photo: string, pictures = [beside]) => {
      const cells = row({ Photo: photo });
      return rulesOf().photoOf({ line: 2, cells, pictures }, cells, cells).photo;
    };
    expect(photoOf("")).toEqual({ from: "cell", entry: "xl/media/1.png" });
    expect(photoOf("a.jpg")).toEqual({ from: "name", name: "a.jpg" });
    expect(photoOf("", [beside, beside])).toBeUndefined();
  });

  it("has the photo that a cell links to, whatever it reads, and the address that it reads before that", () => {
    const links = [{ column: 5, url: "https://x.example/linked.jpg" }];
    const photoOf = (photo: string) => {
      const cells = row({ Photo: photo });
      return rulesOf().photoOf({ line: 2, cells, links }, cells, cells).photo;
    };
    expect(photoOf("View")).toEqual({ from: "url", url: "https://x.example/linked.jpg" });
    expect(photoOf("https://x.example/own.jpg")).toEqual({ from: "url", url: "https://x.example/own.jpg" });
    expect(photoOf("")).toBeUndefined();
  });

  it("has the photo of its own before that of the first row, unless the caller has named the column", () => {
    const first = row({ Photo: "first.jpg", Gallery: "front.jpg" });
    const own = row({ Photo: "own.jpg", Gallery: "side.jpg" });
    const photoOf = (rules: RowRules, cells: readonly string[]) =>
      rules.photoOf({ line: 2, cells }, cells, first).photo;
    expect(photoOf(rulesOf(), own)).toEqual({ from: "name", name: "own.jpg" });
    expect(photoOf(rulesOf(), row({ Gallery: "side.jpg" }))).toEqual({ from: "name", name: "front.jpg" });
    expect(photoOf(rulesOf({ image: "Gallery" }, true), own)).toEqual({ from: "name", name: "side.jpg" });
  });

  it("says which cell's picture is missing instead of taking another photo", () => {
    const cells = row({ Photo: "own.jpg" });
    const picture = { column: 5, name: "ID_7" };
    const found = rulesOf().photoOf({ line: 4, cells, pictures: [picture] }, cells, cells);
    expect(found).toMatchObject({
      photoProblem: { code: "picture_missing_in_file", line: 4, column: "Photo", value: "ID_7" },
    });
    expect(found.photo).toBeUndefined();
  });

  it("has an option's value as its colour, and not over a column of its own", () => {
    const cells = row({ Option: "Color", Value: "Red", Type: "Blue" });
    expect(rulesOf().fieldsOf(cells)).toEqual({ color: "Red" });
    expect(rulesOf({ color: "Type" }).fieldsOf(cells)).toEqual({ color: "Blue" });
    expect(rulesOf().fieldsOf(row({ Option: "Flavour", Value: "Red" }))).toEqual({});
  });
});
