import { expect, it } from "vitest";
import { relations } from "../../../test/support/catalogue/write-workbook.ts";
import { writeZip, type ZipEntry } from "../../../test/support/catalogue/write-zip.ts";
import { bytesSource } from "../bytes/byte-source.ts";
import { workbookZipLimits } from "../limits.ts";
import { CatalogueZip } from "../zip/catalogue-zip.ts";
import { readSheetPictures } from "./cell-pictures.ts";

const sheet = "xl/worksheets/sheet1.xml";
const media = { name: "xl/media/image1.png", body: "a picture" };

const anchor = (row: string, column: number, embed = "p1") =>
  `<x:twoCellAnchor><x:from><x:col>${column}</x:col><x:row>${row}</x:row></x:from>` +
  `<x:to><x:col>9</x:col><x:row>90</x:row></x:to><a:blip r:embed="${embed}"/></x:twoCellAnchor>`;

function drawing(anchors: string): ZipEntry[] {
  return [
    { name: "xl/worksheets/_rels/sheet1.xml.rels", body: relations(["d", "drawing", "../drawings/drawing1.xml"]) },
    { name: "xl/drawings/drawing1.xml", body: `<x:wsDr xmlns:x="x" xmlns:a="a" xmlns:r="r">${anchors}</x:wsDr>` },
    {
      name: "xl/drawings/_rels/drawing1.xml.rels",
      body: relations(["p1", "image", "../media/image1.png"], ["p2", "image", "../media/lost.png"]),
    },
    media,
  ];
}

async function pictures(entries: readonly ZipEntry[]) {
  const zip = await CatalogueZip.open(bytesSource(writeZip(entries)), workbookZipLimits);
  return readSheetPictures(zip, sheet, undefined);
}

it("finds floating pictures by their upper left corner, several in a line, and says which are lost", async () => {
  const found = await pictures(drawing(anchor("4", 2) + anchor("4", 3, "p2") + anchor("4", 4, "p9")));
  expect(found.floating(5)).toEqual([
    { column: 2, name: "image1.png", entry: "xl/media/image1.png" },
    { column: 3, name: "lost.png" },
    { column: 4, name: "p9" },
  ]);
  expect(found.floating(91)).toEqual([]);
});

it("lists the lines of floating pictures in order, without the lines that it was given", async () => {
  const found = await pictures(drawing(["8", "1", "4", "2"].map((row) => anchor(row, 0)).join("")));
  expect(found.linesBetween(2, 9)).toEqual([3, 5]);
  expect(found.linesAfter(3)).toEqual([5, 9]);
  expect(found.linesAfter(9)).toEqual([]);
});

it("leaves out a floating picture whose corner is no cell", async () => {
  const found = await pictures(drawing(anchor("", 0) + anchor("x", 0) + anchor("1.5", 0)));
  expect(found.linesAfter(0)).toEqual([]);
});

it("names a picture of WPS that the file does not hold, without an entry", async () => {
  const image = (name: string, embed: string) =>
    `<e:cellImage><e:cNvPr name="${name}"/><e:blip r:embed="${embed}"/></e:cellImage>`;
  const found = await pictures([
    {
      name: "xl/cellimages.xml",
      body: `<e:c xmlns:e="e" xmlns:r="r">${image("ID_A", "p1")}${image("ID_B", "p2")}</e:c>`,
    },
    {
      name: "xl/_rels/cellimages.xml.rels",
      body: relations(["p1", "image", "media/image1.png"], ["p2", "image", "media/lost.png"]),
    },
    media,
  ]);
  expect(found.named(1, "ID_A")).toEqual({ column: 1, name: "ID_A", entry: media.name });
  expect(found.named(1, "ID_B")).toEqual({ column: 1, name: "ID_B" });
  expect(found.placed(1, 1)).toBeUndefined();
});
