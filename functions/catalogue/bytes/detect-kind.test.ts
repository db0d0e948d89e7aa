import { expect, it } from "vitest";
import { encodeText } from "../../../test/support/catalogue/encode-text.ts";
import { bytesSource } from "./byte-source.ts";
import { detectKind } from "./detect-kind.ts";

const kindOf = (text: string | Uint8Array) =>
  detectKind(bytesSource(typeof text === "string" ? Buffer.from(text, "latin1") : text));

it.each([
  ["PK\x03\x04", "zip"],
  ['{"sku":"1"}\n{"sku":"2"}', "json"],
  ['  [ {"sku":"1"} ]', "json"],
  ["\xef\xbb\xbf{\n", "text"],
  ['\xef\xbb\xbf{"sku": 1}', "json"],
  ['<?xml version="1.0"?><rss xmlns:g="http://base.google.com/ns/1.0">', "xml"],
  ["<feed>", "xml"],
  ["sku,title\n1,<b>", "text"],
  ["[sku],title\n", "text"],
  ["version 1.00\n", "text"],
])("%j is %s", async (text, kind) => {
  expect(await kindOf(text)).toBe(kind);
});

it("knows UTF-16 by its text", async () => {
  expect(await kindOf(encodeText("\uFEFFversion 1.00\r\n", "utf-16le"))).toBe("text");
  expect(await kindOf(encodeText("sku\ttitle\r\n", "utf-16be"))).toBe("text");
  expect(await kindOf(encodeText('\uFEFF{"sku":1}', "utf-16be"))).toBe("json");
});

it.each([
  ["", "file_empty", "no bytes"],
  [" \r\n\n", "file_empty", "no bytes"],
  ["%PDF-1.7", "not_a_catalogue", "a PDF document"],
  ["\x89PNG\r\n", "not_a_catalogue", "a PNG image"],
  ["\x1f\x8b\x08", "not_a_catalogue", "packed by gzip"],
  ["<!DOCTYPE html><html><body>", "not_a_catalogue", "a web page"],
  ["<html><table><tr><td>SKU", "xls_unsupported", "a web page with a table"],
  ['<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>', "xls_unsupported", "an Excel 2003 XML sheet"],
])("refuses %j with %s", async (text, code, words) => {
  await expect(kindOf(text)).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
});

/** A compound file with one directory sector that names `stream`. */
function oleFile(stream: string): Uint8Array {
  const file = Buffer.alloc(2048);
  file.write("d0cf11e0a1b11ae1", "hex");
  file.writeUInt16LE(9, 30);
  file.writeUInt32LE(1, 48);
  file.write(stream, 1024 + 128, "utf16le");
  return file;
}

it("tells an old workbook from one under a password", async () => {
  await expect(kindOf(oleFile("Workbook"))).rejects.toMatchObject({ code: "xls_unsupported" });
  await expect(kindOf(oleFile("EncryptedPackage"))).rejects.toMatchObject({ code: "file_encrypted" });
  await expect(kindOf(oleFile("").subarray(0, 100))).rejects.toMatchObject({ code: "xls_unsupported" });
});
