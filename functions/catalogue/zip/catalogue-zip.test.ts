import { expect, it } from "vitest";
import { writeZip, type ZipEntry } from "../../../test/support/catalogue/write-zip.ts";
import { collect } from "../../../test/support/collect.ts";
import { bytesSource } from "../bytes/byte-source.ts";
import { workbookZipLimits } from "../limits.ts";
import { CatalogueZip } from "./catalogue-zip.ts";

const open = (entries: readonly ZipEntry[], limits = {}) =>
  CatalogueZip.open(bytesSource(writeZip(entries)), { ...workbookZipLimits, ...limits });

it("finds entries without case, and spells them as they are", async () => {
  const zip = await open([
    { name: "xl/", body: "" },
    { name: "xl/Workbook.xml", body: "<workbook/>" },
  ]);
  expect([zip.names(), zip.has("XL/workbook.XML"), zip.has("xl/")]).toEqual([["xl/Workbook.xml"], true, false]);
  expect(Buffer.from(await zip.bytes("xl/workbook.xml", 11)).toString()).toBe("<workbook/>");
});

it.each([
  ["too many entries", {}, { entries: 1 }],
  ["an entry that is too large", { declaredBytes: 101 }, { entryBytes: 100 }],
  ["too much in all", {}, { totalBytes: 4 }],
  ["an entry that inflates too much", { body: "a".repeat(5_000) }, { ratio: 100, ratioFromBytes: 4_000 }],
])("refuses %s before it unpacks", async (_, entry, limits) => {
  const entries = [
    { name: "a.xml", body: "abc", ...entry },
    { name: "b.xml", body: "def" },
  ];
  await expect(open(entries)).resolves.toBeInstanceOf(CatalogueZip);
  await expect(open(entries, limits)).rejects.toMatchObject({ code: "file_inflates_too_much" });
});

it("refuses an entry that is missing, unpacks to more than its directory says, or is larger than asked for", async () => {
  const zip = await open([
    { name: "liar.xml", body: "much longer than that", declaredBytes: 4 },
    { name: "a.xml", body: "12345" },
  ]);
  await expect(collect(zip.stream("none.xml"))).rejects.toMatchObject({
    code: "file_damaged",
    message: expect.stringContaining("none.xml is missing"),
  });
  await expect(collect(zip.stream("liar.xml"))).rejects.toMatchObject({ code: "file_damaged" });
  await expect(zip.bytes("a.xml", 4)).rejects.toMatchObject({ code: "file_inflates_too_much" });
});

it("blames no file for a source that cannot be read", async () => {
  const failure = new Error("the store is down");
  const source = { bytes: 1_000, read: () => Promise.reject(failure) };
  await expect(CatalogueZip.open(source, workbookZipLimits)).rejects.toBe(failure);
});
