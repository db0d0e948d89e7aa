import { expect, it } from "vitest";
import { attributeOf, BoundedXml } from "./bounded-xml.ts";

/** What is told of a text that arrives in these pieces. */
function read(...pieces: string[]): string[] {
  const told: string[] = [];
  const xml = new BoundedXml({
    open: (name, attributes, prefix) => told.push(`<${prefix}|${name} ${JSON.stringify(attributes)}`),
    text: (text) => told.push(text),
    close: (name) => told.push(`>${name}`),
  });
  for (const piece of pieces) xml.push(piece);
  xml.end();
  return told;
}

it("tells names without their prefixes, and texts, marked or not, wherever the pieces are cut", () => {
  const told = ['<g|item {"r:id":"7"}', "a & b", ">item"];
  expect(read('<g:item r:id="7">a &amp; b</g:item>')).toEqual(told);
  expect(read("<g:it", 'em r:id="', '7">a &am', "p; b</g:i", "tem>")).toEqual(told);
  expect(read("<item><![CDATA[<b>]]></item>")).toEqual(["<|item {}", "<b>", ">item"]);
});

it.each([
  ["entities of its own", '<!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>', "file_unsafe_xml"],
  ["an entity that is none of XML's", "<a>&unknown;</a>", "file_damaged"],
  ["elements that overlap", "<a><b></a>", "file_damaged"],
  ["an element that is not closed", "<a>", "file_damaged"],
  ["201 elements within each other", "<a>".repeat(201), "file_damaged"],
])("refuses %s", (_, text, code) => {
  expect(() => read(text)).toThrow(expect.objectContaining({ code }));
});

it("takes elements side by side in any number, and 200 within each other", () => {
  expect(read(`<a>${"<b/>".repeat(300)}</a>`)).toHaveLength(602);
  expect(read("<a>".repeat(200) + "</a>".repeat(200))).toHaveLength(400);
});

it("gives up on a text that never ends, with the line where it begins to be too long", () => {
  const xml = new BoundedXml({ open() {}, close() {} }, { countLines: true });
  xml.push("<a>\n\n<b>");
  const endless = () => {
    for (let pieces = 0; pieces < 100; pieces++) xml.push("x".repeat(1_000_000));
  };
  expect(endless).toThrow(
    expect.objectContaining({ code: "cell_too_large", problem: expect.objectContaining({ line: 3 }) }),
  );
});

it("finds an attribute under any prefix, but not at the end of another's name", () => {
  expect(attributeOf({ "r:id": "7" }, "id")).toBe("7");
  expect(attributeOf({ "r:id": "7", id: "8" }, "id")).toBe("8");
  expect(attributeOf({ grid: "7" }, "id")).toBeUndefined();
  expect(attributeOf({}, "constructor")).toBeUndefined();
});
