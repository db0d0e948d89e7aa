import { expect, it } from "vitest";
import { openZip } from "../../../test/support/catalogue/open-zip.ts";
import { readCellLinks } from "./cell-links.ts";

const sheet = "xl/worksheets/sheet1.xml";
const rels = "xl/worksheets/_rels/sheet1.xml.rels";
const relation = (id: string, target: string, mode = "External") =>
  `<Relationship Id="${id}" Type="t/hyperlink" Target="${target}" TargetMode="${mode}"/>`;

it("reads the addresses behind cells, in whichever order the attributes are and however far the sheet goes", async () => {
  const zip = await openZip({
    [sheet]: `<worksheet><sheetData>${"<row/>".repeat(50_000)}</sheetData><hyperlinks><hyperlink ref="C2" r:id="a"/><x:hyperlink r:id="b" display="hyperlink " ref="AA70000"/><hyperlink ref="D2" r:id="a"/></hyperlinks></worksheet>`,
    [rels]: `<Relationships>${relation("a", "https://x.example/a.jpg")}${relation("b", "http://x.example/?a=1&amp;b=2")}</Relationships>`,
  });
  expect(await readCellLinks(zip, sheet)).toEqual(
    new Map([
      [
        2,
        [
          { column: 2, url: "https://x.example/a.jpg" },
          { column: 3, url: "https://x.example/a.jpg" },
        ],
      ],
      [70_000, [{ column: 26, url: "http://x.example/?a=1&b=2" }]],
    ]),
  );
});

it("leaves out mail, files, places within the workbook and ranges of cells", async () => {
  const zip = await openZip({
    [sheet]: `<hyperlinks><hyperlink ref="A1" r:id="m"/><hyperlink ref="A2" r:id="f"/><hyperlink ref="A3" r:id="i"/><hyperlink ref="A4" location="B1"/><hyperlink ref="A5:A9" r:id="w"/></hyperlinks>`,
    [rels]: `<Relationships>${relation("m", "mailto:a@x.example")}${relation("f", "file:///etc/passwd")}${relation("i", "https://x.example/", "Internal")}${relation("w", "https://x.example/w")}</Relationships>`,
  });
  expect(await readCellLinks(zip, sheet)).toEqual(new Map());
});
