import { encodeText } from "../support/catalogue/encode-text.ts";
import { relations, type WorkbookParts, writeWorkbook } from "../support/catalogue/write-workbook.ts";

export const readers = ["csv", "json", "feed", "workbook"] as const;
export type Reader = (typeof readers)[number];

/** A file to begin from, made anew with some of its parts changed. */
export interface SampleFile {
  readonly name: string;
  /** Which of the readers it is for. */
  readonly reader: Reader;
  /** Texts of which the file is made; the fuzzer changes them. */
  readonly parts: readonly string[];
  make(parts: readonly string[]): Uint8Array;
}

const text = (reader: Reader, name: string, content: string, encoding = "utf-8"): SampleFile => ({
  name,
  reader,
  parts: [content],
  make: ([changed = ""]) => (encoding === "utf-8" ? Buffer.from(changed) : encoded(changed, encoding)),
});

/** What the encoding does not have is written as a question mark. */
function encoded(content: string, encoding: string): Uint8Array {
  try {
    return encodeText(content, encoding);
  } catch {
    return encodeText(content.replace(/[^\p{ASCII}商品编码名称颜色花瓶红]/gu, "?"), encoding);
  }
}

const csv = [
  'sku,title,image,"color"',
  '00123,"Vase, ""blue""",https://x/1.jpg,blue',
  '00124,Cup 5",//x/2.jpg;b.png,"red\nand white"',
  "合计,,,",
].join("\r\n");
const shopify =
  "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Image Src,Variant Image\ntape,Tape,Color,Black,T-1,9,https://x/a.jpg,\ntape,,,Blue,T-2,9,https://x/b.jpg,https://x/c.jpg\ntape,,,,,,https://x/d.jpg,\n";
const woo =
  'ID,Type,SKU,Name,Regular price,Images,Parent\n44,variable,h,Hoodie,,"https://x/1.jpg, https://x/2.jpg",\n47,variation,h-b,Hoodie,45,,id:44\n48,variation,h-r,,45,,nobody\n';
const taobao = `version 1.00\ntitle\tpicture\touter_id\tnum_id\n宝贝名称\t新图片\t商家编码\t数字ID\n花瓶\t${"a".repeat(32)}:1:1:|https://x/2.jpg;\tT-1\t9\n`;
const feed =
  '<?xml version="1.0"?><rss xmlns:g="g"><channel><item><g:id>1</g:id><title>Vase &amp; stand</title><g:shipping><g:country>US</g:country></g:shipping></item><item><g:id>2</g:id><![CDATA[x]]><link href="y"/></item></channel></rss>';
const inline = (value: string) => `<c t="inlineStr"><is><t>${value}</t></is></c>`;

const workbook: SampleFile = {
  name: "workbook",
  reader: "workbook",
  parts: [
    `<row r="1">${inline("sku")}${inline("title")}${inline("image")}</row><row r="2"><c r="A2" s="1"><v>123</v></c><c t="s"><v>0</v></c><c t="str"><f>DISPIMG("ID_A",1)</f><v>x</v></c></row><row r="3"><c r="A3" s="2"><v>45992.5</v></c><c t="e" vm="1"><v>#N/A</v></c></row>`,
    '<si><r><t>東</t></r><r><t>京</t></r><rPh sb="0" eb="2"><t>トウ</t></rPh></si>',
    '<etc:cellImages xmlns:etc="e"><etc:cellImage><xdr:cNvPr name="ID_A"/><a:blip r:embed="r1"/></etc:cellImage></etc:cellImages>',
    '<xdr:wsDr xmlns:xdr="x"><xdr:oneCellAnchor><xdr:from><xdr:col>2</xdr:col><xdr:row>4</xdr:row></xdr:from><a:blip r:embed="r1"/></xdr:oneCellAnchor></xdr:wsDr>',
    relations(["r1", "image", "media/image1.png"]),
    "A1:B1",
    "00000",
  ],
  make([rows = "", strings = "", images = "", drawing = "", rels = "", merged = "", format = ""]) {
    const parts: WorkbookParts = {
      sheets: [
        {
          name: "S",
          rows,
          merged: [merged],
          tail: '<drawing r:id="d"/>',
          relations: relations(["d", "drawing", "../drawings/d.xml"]),
        },
        { name: "T", rows: [["a"], ["b"]] },
      ],
      sharedStrings: [strings],
      formats: [format, "yyyy-mm-dd"],
      extra: [
        { name: "xl/cellimages.xml", body: images },
        { name: "xl/_rels/cellimages.xml.rels", body: rels },
        { name: "xl/drawings/d.xml", body: drawing },
        { name: "xl/drawings/_rels/d.xml.rels", body: rels },
        { name: "xl/media/image1.png", body: "png" },
      ],
    };
    return writeWorkbook(parts);
  },
};

/** One file of every kind that is read. */
export const sampleFiles: readonly SampleFile[] = [
  text("csv", "csv", csv),
  text("csv", "semicolons", csv.replaceAll(",", ";").replaceAll("\r\n", "\r")),
  text("csv", "shopify", shopify),
  text("csv", "woocommerce", woo),
  text("csv", "taobao in GBK", taobao, "gb18030"),
  text("csv", "taobao in UTF-16", `\uFEFF${taobao}`, "utf-16le"),
  text(
    "json",
    "json lines",
    '{"sku":"1","title":"Vase","images":[{"src":"https://x/1.jpg"}]}\n{"sku":2,"a":{"b":{"c":{"d":1}}}}\n',
  ),
  text("json", "json", '{"products": [{"sku":"1","title":"V\\u00e4se"},\n {"sku":"2","n":1e400}]}'),
  text("feed", "feed", feed),
  workbook,
];
