import { describe, expect, it } from "vitest";
import type { Product } from "../products/product.ts";
import { parseTemplate, templateNames } from "./template.ts";

const columns = ["Title", "Option1 Value", "Body (HTML)", "颜色", "2nd", "Note"];
const names = templateNames(columns, { title: "Title", color: "颜色" });
const known = { columns, names };

function product(cells: { readonly [header: string]: string }): Product {
  const fields = { title: cells.Title ?? "", color: cells.颜色 ?? "" };
  return { index: 0, line: 7, sku: "A", fields, cells };
}

const rendered = (text: string, cells: { readonly [header: string]: string }) =>
  parseTemplate(text, "shots[0].prompt", known).render(product(cells));

describe("a template", () => {
  it.each([
    ["a {{title}}", { Title: "red teapot" }, "a red teapot"],
    ["{{ option1_value | upcase }}", { "Option1 Value": "xl" }, "XL"],
    ['{{ row["Option1 Value"] }} {{ row["Body (HTML)"] }}', { "Option1 Value": "XL", "Body (HTML)": "b" }, "XL b"],
    ["{{颜色}} {{color}}", { 颜色: "米白" }, "米白 米白"],
    ["{{column_2nd}}", { "2nd": "x" }, "x"],
    ["{{title}}{% if color %}, {{color}}{% endif %}", { Title: "bag" }, "bag"],
    ['{{title}} on {{note | default: "oak"}}', { Title: "bag" }, "bag on oak"],
    ["{{title}}", { Title: " <b>Bag</b>\n &amp;&#20;&nbsp;&#x4e2d; <br/>x " }, "Bag & 中 x"],
    ["{{title}}", { Title: "{{sku}} {% if %}" }, "{{sku}} {% if %}"],
    ["{{title}}", { Title: "é".repeat(900) }, "é".repeat(500)],
  ])("%s", (text, cells, expected) => {
    expect(rendered(text, cells)).toBe(expected);
  });

  it("reads a cell made of a million brackets", () => {
    expect(rendered("{{title}}", { Title: "<".repeat(1_000_000) })).toBe("<".repeat(500));
  });

  it("is an error where a value that it prints is missing, with column and line", () => {
    expect(() => rendered("{{title}}, {{color}}", { Title: "bag" })).toThrow(
      expect.objectContaining({
        code: "template_value_missing",
        problem: expect.objectContaining({ line: 7, column: "颜色" }),
      }),
    );
    expect(() => rendered('{{row["Note"]}}', {})).toThrow(expect.objectContaining({ code: "template_value_missing" }));
  });

  it.each([
    ["{{titel}}", "template_unknown_name", "did you mean title?"],
    ['{{row["Option1 Valu"]}}', "template_unknown_name", "did you mean Option1 Value?"],
    ["{{constructor}}", "template_unknown_name", "the names are title, color"],
    ["{{row}}", "template_unknown_name", ""],
    ["{{title", "template_invalid", "not closed"],
    ["{{title | shout}}", "template_invalid", "shout"],
    ["{% for i in (1..100000000) %}x{% endfor %}", "template_invalid", 'tag "for" not found'],
    ["{% include 'a' %}", "template_invalid", 'tag "include" not found'],
    ["{% render 'a' %}", "template_invalid", 'tag "render" not found'],
    ["x".repeat(4_001), "template_invalid", "4000 is the most"],
  ])("%s is refused: %s", (text, code, message) => {
    expect(() => parseTemplate(text, "shots[0].prompt", known)).toThrow(
      expect.objectContaining({ code, param: "shots[0].prompt", message: expect.stringContaining(message) }),
    );
  });

  it("says which names it reads", () => {
    expect(parseTemplate('{{title}} {{ row["Note"] | default: "x" }}', "f", known).names).toEqual(["title", "Note"]);
  });

  it("reads no property that is not a cell", () => {
    expect(() => rendered('{{ row["__proto__"] }}', {})).toThrow(
      expect.objectContaining({ code: "template_unknown_name" }),
    );
    expect(rendered("{{title.size}} {{title | size}}", { Title: "bag" })).toBe("3 3");
  });
});
