import { describe, expect, it } from "vitest";
import { openZip } from "../../../test/support/catalogue/open-zip.ts";
import { relations } from "../../../test/support/catalogue/write-workbook.ts";
import { readPlacedPictures } from "./placed-pictures.ts";

const metadata = "xl/metadata.xml";
const bk = (number: number) => `<bk><extLst><ext><xlrd:rvb i="${number}"/></ext></extLst></bk>`;
const rc = (type: number, value: number) => `<bk><rc t="${type}" v="${value}"/></bk>`;

/** Rich values: 0 is an error, 1 and 2 are the pictures 1 and 0 of the references, 3 a picture that is not there. */
const parts = {
  [metadata]:
    '<metadata><metadataTypes><metadataType name="XLDAPR"/><metadataType name="XLRICHVALUE"/></metadataTypes>' +
    `<futureMetadata name="XLDAPR">${bk(9)}</futureMetadata>` +
    `<futureMetadata name="XLRICHVALUE">${[0, 1, 2, 3].map(bk).join("")}</futureMetadata>` +
    `<cellMetadata>${rc(1, 0)}</cellMetadata>` +
    `<valueMetadata>${rc(2, 1)}${rc(1, 1)}${rc(2, 0)}${rc(2, 2)}${rc(2, 3)}</valueMetadata></metadata>`,
  "xl/richData/rdrichvalue.xml":
    '<rvData><rv s="0"><v>0</v></rv><rv s="1"><v>5</v><v>1</v></rv><rv s="1"><v>5</v><v>0</v></rv>' +
    '<rv s="1"><v>5</v><v>2</v></rv></rvData>',
  "xl/richData/rdrichvaluestructure.xml":
    '<rvStructures><s t="_error"><k n="_rvRel:LocalImageIdentifier"/></s>' +
    '<s t="_localImage"><k n="CalcOrigin"/><k n="_rvRel:LocalImageIdentifier"/></s></rvStructures>',
  "xl/richData/richValueRel.xml": '<richValueRels><rel r:id="a"/><rel r:id="b"/><rel r:id="c"/></richValueRels>',
  "xl/richData/_rels/richValueRel.xml.rels": relations(
    ["a", "image", "../media/a.png"],
    ["b", "image", "../media/b.png"],
    ["c", "image", "../media/missing.png"],
  ),
  "xl/media/a.png": "a",
  "xl/media/b.png": "b",
};

describe("readPlacedPictures", () => {
  it("follows a cell's number to its file, past other metadata, errors and files that are not there", async () => {
    expect([...(await readPlacedPictures(await openZip(parts), metadata))]).toEqual([
      [1, "xl/media/b.png"],
      [4, "xl/media/a.png"],
    ]);
  });

  it("finds nothing where one of the parts is missing", async () => {
    expect(await readPlacedPictures(await openZip(parts), undefined)).toEqual(new Map());
    const { "xl/richData/richValueRel.xml": _, ...rest } = parts;
    expect(await readPlacedPictures(await openZip(rest), metadata)).toEqual(new Map());
  });

  it("refuses a part that is no XML", async () => {
    const broken = { ...parts, "xl/richData/rdrichvalue.xml": "<rvData><rv>" };
    await expect(readPlacedPictures(await openZip(broken), metadata)).rejects.toMatchObject({ code: "file_damaged" });
  });
});
