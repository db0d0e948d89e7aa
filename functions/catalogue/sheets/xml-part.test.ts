import { describe, expect, it } from "vitest";
import { openZip } from "../../../test/support/catalogue/open-zip.ts";
import { collect } from "../../../test/support/collect.ts";
import { readRelations, readXmlPart, xmlText } from "./xml-part.ts";

const part = "xl/workbook.xml";

describe("xmlText", () => {
  it("keeps characters whole that lie across the pieces of a part", async () => {
    const body = `<a>${"花瓶".repeat(50_000)}</a>`;
    const pieces = await collect(xmlText(await openZip({ [part]: body }), part));
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join("") === body).toBe(true);
  });

  it("reads UTF-16 of either order by its mark, and drops a mark of UTF-8", async () => {
    const marked = Buffer.from("\uFEFF<花/>", "utf16le");
    for (const body of [marked, Buffer.from(marked).swap16(), "\uFEFF<花/>"]) {
      expect((await collect(xmlText(await openZip({ [part]: body }), part))).join("")).toBe("<花/>");
    }
  });
});

describe("readXmlPart", () => {
  it.each([
    ["a part that is not there", { other: "<a/>" }, "file_damaged"],
    ["a part that ends too early", { [part]: "<a><b/>" }, "file_damaged"],
    ["a document type", { [part]: '<!DOCTYPE a [<!ENTITY b "c">]><a/>' }, "file_unsafe_xml"],
  ])("refuses %s", async (_, entries, code) => {
    const read = readXmlPart(await openZip(entries), part, { open() {}, close() {} });
    await expect(read).rejects.toMatchObject({ code });
  });
});

describe("readRelations", () => {
  const relation = (id: string, target: string, more = "") =>
    `<Relationship Id="${id}" Type="http://x/image" Target="${target}"${more}/>`;

  it("resolves targets from the folder of the part or the root, and leaves out addresses", async () => {
    const list = [
      relation("a", "media/a.png"),
      relation("b", "../b.png"),
      relation("c", "/xl/./c.png"),
      relation("d", "../../../d.png"),
      relation("e", "https://x/e.png", ' TargetMode="External"'),
    ];
    const zip = await openZip({ "xl/_rels/workbook.xml.rels": `<Relationships>${list.join("")}</Relationships>` });
    expect(Object.fromEntries(await readRelations(zip, part))).toEqual({
      a: { type: "image", target: "xl/media/a.png" },
      b: { type: "image", target: "b.png" },
      c: { type: "image", target: "xl/c.png" },
      d: { type: "image", target: "d.png" },
    });
    expect(await readRelations(zip, "xl/worksheets/sheet1.xml")).toEqual(new Map());
  });
});
