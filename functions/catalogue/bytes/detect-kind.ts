import { CatalogueError } from "../problems/catalogue-problem.ts";
import type { Bilingual } from "../problems/problem-messages.ts";
import type { ByteSource } from "./byte-source.ts";
import { isEncryptedOle } from "./encrypted-ole.ts";

/** What a file is by its first bytes. A ZIP may be a workbook; what is in it decides. */
type ContentKind = "zip" | "json" | "xml" | "text";

const headBytes = 65_536;

const named: readonly { readonly magic: string; readonly at?: number; readonly found: Bilingual }[] = [
  { magic: "%PDF-", found: { en: "a PDF document", zh: " PDF 文档" } },
  { magic: "\x89PNG", found: { en: "a PNG image", zh: " PNG 图片" } },
  { magic: "\xff\xd8\xff", found: { en: "a JPEG image", zh: " JPEG 图片" } },
  { magic: "GIF8", found: { en: "a GIF image", zh: " GIF 图片" } },
  { magic: "WEBP", at: 8, found: { en: "a WebP image", zh: " WebP 图片" } },
  { magic: "\x1f\x8b", found: { en: "packed by gzip", zh: " gzip 压缩文件" } },
  { magic: "Rar!", found: { en: "a RAR archive", zh: " RAR 压缩包" } },
  { magic: "7z\xbc\xaf", found: { en: "a 7-Zip archive", zh: " 7-Zip 压缩包" } },
  { magic: "BZh", found: { en: "packed by bzip2", zh: " bzip2 压缩文件" } },
  { magic: "SQLite format 3", found: { en: "an SQLite database", zh: " SQLite 数据库" } },
  { magic: "PAR1", found: { en: "a Parquet file", zh: " Parquet 文件" } },
];

const saveAsTable: Bilingual = {
  en: "export the products as CSV, XLSX, JSON Lines or a product feed",
  zh: "请将商品导出为 CSV、XLSX、JSON Lines 或商品 Feed",
};

/** Refuses a file that holds something else, and says what it is. */
export function notACatalogue(found: Bilingual, remedy: Bilingual = saveAsTable): CatalogueError {
  return new CatalogueError("not_a_catalogue", { found, remedy });
}

/**
 * What a file is by its content, whatever its name says.
 * @throws CatalogueError `file_empty`, `file_encrypted`, `xls_unsupported`, `not_a_catalogue`
 */
export async function detectKind(source: ByteSource): Promise<ContentKind> {
  if (source.bytes === 0) throw new CatalogueError("file_empty");
  const head = await source.read(0, Math.min(headBytes, source.bytes));
  const latin = Buffer.from(head.buffer, head.byteOffset, head.length).toString("latin1");
  if (["PK\x03\x04", "PK\x05\x06", "PK\x07\x08"].some((magic) => latin.startsWith(magic))) return "zip";
  if (latin.startsWith("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) {
    if (await isEncryptedOle(source)) throw new CatalogueError("file_encrypted");
    throw new CatalogueError("xls_unsupported", {
      found: { en: "an old Excel workbook (.xls)", zh: "旧版 Excel 工作簿（.xls）" },
    });
  }
  for (const { magic, at = 0, found } of named) {
    if (latin.startsWith(magic, at)) throw notACatalogue(found);
  }
  return kindOfText(head, latin);
}

function kindOfText(head: Uint8Array, latin: string): ContentKind {
  const text = beginning(head, latin);
  if (text.trim() === "" && head.length < headBytes) throw new CatalogueError("file_empty");
  if (/^\s*<(?:\?xml|!--|!doctype|[a-z_])/i.test(text)) {
    refuseOtherXml(text);
    return "xml";
  }
  if (/^\s*(?:\{\s*["}]|\[\s*(?:[{\]]|$))/.test(text)) return "json";
  const controls = countControls(text);
  if (controls > text.length / 50) throw notACatalogue({ en: "made of binary data", zh: "二进制数据" });
  return "text";
}

/** Pages and sheets that shops' programs save under the name of a table. */
function refuseOtherXml(text: string): void {
  if (/progid="Excel\.Sheet"|urn:schemas-microsoft-com:office:spreadsheet/.test(text)) {
    throw new CatalogueError("xls_unsupported", {
      found: { en: "an Excel 2003 XML sheet", zh: " Excel 2003 XML 表格" },
    });
  }
  if (
    /^\s*(?:<\?xml[^>]*>\s*)?(?:<!--[^>]*-->\s*)?<(?:!doctype\s+html|html|head|body|table|meta|style)\b/i.test(text)
  ) {
    if (/<table\b/i.test(text)) {
      throw new CatalogueError("xls_unsupported", {
        found: { en: "a web page with a table (some programs name it .xls)", zh: "含表格的网页（有的软件存成 .xls）" },
      });
    }
    throw notACatalogue({ en: "a web page", zh: "网页" });
  }
}

/** The first characters, by byte order mark or NUL bytes where there are some; ASCII decides everything here. */
function beginning(head: Uint8Array, latin: string): string {
  if (latin.startsWith("\xff\xfe")) return new TextDecoder("utf-16le").decode(head);
  if (latin.startsWith("\xfe\xff")) return new TextDecoder("utf-16be").decode(head);
  if (latin.startsWith("\xef\xbb\xbf")) return latin.slice(3);
  // UTF-16 without a mark; whether it is that is decided with the encoding.
  return latin.replaceAll("\0", "");
}

function countControls(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 32 && code !== 9 && code !== 10 && code !== 13 && code !== 12) count++;
  }
  return count;
}
