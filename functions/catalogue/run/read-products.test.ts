import sharp from "sharp";
import { afterEach, expect, it } from "vitest";
import { openRun } from "../../../test/support/api/run-under-test.ts";
import { sampleCatalogue } from "../../../test/support/catalogue/sample-catalogue.ts";
import { relations, writeWorkbook } from "../../../test/support/catalogue/write-workbook.ts";
import { collect } from "../../../test/support/collect.ts";
import { UploadedFiles } from "../../api/files/uploaded-files.ts";
import { readProducts } from "./read-products.ts";
import { readReport, storeRows } from "./run-files.ts";

const id = `file-${"0".repeat(26)}`;

let close = async () => {};
afterEach(() => close());

async function open(fileId?: string) {
  const opened = await openRun([], { face: "catalogue", catalogue: sampleCatalogue({ fileId }) });
  close = opened.close;
  return opened;
}

it("stores the report once all products have been read, not before", async () => {
  const { run, objects, dependencies } = await open();
  await storeRows(
    run,
    [
      { sku: "A", title: "mug" },
      { sku: "", title: "pot" },
    ],
    objects,
  );
  const products = readProducts(run, dependencies);
  const first = await products.next();
  expect(first.value).toMatchObject({ row: { product: { sku: "A", fields: { title: "mug" } } } });
  expect(await readReport(run, objects)).toBeUndefined();
  expect(await collect(products)).toMatchObject([{ row: { refused: { problem: { code: "sku_missing" } } } }]);
  expect(await readReport(run, objects)).toMatchObject({ products: 1, refused: { sku_missing: 1 } });
});

it("stores the picture of a cell, and says of a damaged one why there is none", async () => {
  const { run, objects, dependencies } = await open(id);
  const png = await sharp({ create: { width: 32, height: 16, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  const cell = (value: string) => `<c t="inlineStr"><is><t>${value}</t></is></c>`;
  const row = (...cells: string[]) => `<row>${cells.map(cell).join("")}</row>`;
  const anchor = (line: number) =>
    `<a:oneCellAnchor><a:from><a:col>2</a:col><a:row>${line - 1}</a:row></a:from><a:blip r:embed="p${line}"/></a:oneCellAnchor>`;
  const workbook = writeWorkbook({
    sheets: [
      {
        name: "S",
        rows: row("sku", "title", "image") + row("A", "mug") + row("B", "pot"),
        relations: relations(["d", "drawing", "../drawings/drawing1.xml"]),
      },
    ],
    extra: [
      { name: "xl/drawings/drawing1.xml", body: `<a:wsDr xmlns:a="a" xmlns:r="r">${anchor(2)}${anchor(3)}</a:wsDr>` },
      {
        name: "xl/drawings/_rels/drawing1.xml.rels",
        body: relations(["p2", "image", "../media/good.png"], ["p3", "image", "../media/bad.png"]),
      },
      { name: "xl/media/good.png", body: png },
      { name: "xl/media/bad.png", body: "no picture" },
    ],
  });
  const upload = { id, accountId: run.identity.accountId, filename: "a.xlsx", contentType: "x/y", metadata: {} };
  await new UploadedFiles(dependencies).create(upload, workbook);
  const [good, bad] = await collect(readProducts(run, dependencies));
  expect(good!.photo).toMatchObject({ width: 32, height: 16 });
  const stored = await objects.get(`in/${run.identity.accountId}/${good!.photo!.fileId}`);
  expect(Buffer.from(stored!.body)).toEqual(png);
  expect(bad!.photo).toBeUndefined();
  expect(bad!.photoProblem).toMatchObject({ code: "invalid_picture", line: 3 });
});

it("finds no file of another account", async () => {
  const { run, dependencies } = await open(id);
  const upload = { id, accountId: "acc_other", filename: "a.csv", contentType: "text/csv", metadata: {} };
  await new UploadedFiles(dependencies).create(upload, Buffer.from("sku,title\nA,mug\n"));
  await expect(collect(readProducts(run, dependencies))).rejects.toMatchObject({ name: "NotFoundError" });
});
