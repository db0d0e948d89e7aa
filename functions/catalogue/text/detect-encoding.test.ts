import { expect, it } from "vitest";
import { encodeText } from "../../../test/support/catalogue/encode-text.ts";
import { collect } from "../../../test/support/collect.ts";
import { bytesSource } from "../bytes/byte-source.ts";
import { decodeText } from "./decode-text.ts";
import { detectEncoding } from "./detect-encoding.ts";

const texts = {
  gb18030: "商品编码,商品名称,颜色\n00123,不锈钢保温杯 500ml,红色\n00124,简约陶瓷花瓶,白色\n",
  big5: "商品編號,商品名稱,顏色\n00123,不鏽鋼保溫杯 500ml,紅色\n00124,簡約陶瓷花瓶,白色\n",
  shift_jis: "品番,商品名,色\n00123,ステンレスボトル 500ml,赤\n00124,陶器の花瓶,白\n",
  "euc-kr": "상품코드,상품명,색상\n00123,스테인리스 텀블러 500ml,레드\n00124,도자기 꽃병,화이트\n",
  "windows-1252":
    "Référence,Désignation,Couleur\n00123,Bouteille isotherme – modèle été,bleu pâle\n00124,Große Vase,weiß\n",
  "windows-1250": "Kod,Nazwa,Kolor\n00123,Butelka na wodę ze stali,żółty\n00124,Mały wazon ceramiczny źródło,biały\n",
  "windows-1251": "Артикул,Название,Цвет\n00123,Термос стальной 500 мл,красный\n00124,Ваза керамическая,белая\n",
  macintosh: "Artikelnummer;Bezeichnung;Farbe\r00123;Große Müslischüssel;grün\r00124;Schöne Vase für Blumen;weiß\r",
  "euc-jp": "品番,商品名,色\n00123,ステンレスボトル 500ml,赤\n00124,陶器の花瓶,白\n",
} as const;

it.each([
  ["windows-1252", "sku,title\n1,Café\n"],
  ["windows-1252", "sku,title\n1,Vase für Blumen\n"],
  ["macintosh", "sku,title\n1,Café crème\n"],
  // Two letters of each Polish word stand where Cyrillic has some.
  ["windows-1250", "Kod;Nazwa\nA-1;Żółta łyżka\n"],
])("finds %s in %j", async (encoding, text) => {
  expect((await detectEncoding(bytesSource(encodeText(text, encoding)))).name).toBe(encoding);
});

it.each(Object.entries(texts))("finds %s by its letters, and shows the best two", async (encoding, text) => {
  const source = bytesSource(encodeText(text, encoding));
  const found = await detectEncoding(source);
  expect(found).toMatchObject({ name: encoding, foundBy: "letters" });
  expect(found.candidates).toHaveLength(2);
  expect(found.candidates![0]!.samples.length).toBeGreaterThan(1);
  expect((await collect(decodeText(source, found.name))).join("")).toBe(text);
});

it.each([
  "gb18030",
  "big5",
  "shift_jis",
  "euc-kr",
] as const)("finds %s by one cell at the end of a megabyte", async (encoding) => {
  const cells = { gb18030: "红色帆布包", big5: "紅色帆布包", shift_jis: "赤いトートバッグ", "euc-kr": "빨간색 가방" };
  const text = `sku,title\n${"A-1,plain bag\n".repeat(80_000)}A-2,${cells[encoding]}\n`;
  expect((await detectEncoding(bytesSource(encodeText(text, encoding)))).name).toBe(encoding);
});

it.each(["utf-8", "utf-16le", "utf-16be"])("finds %s with and without its mark", async (encoding) => {
  const text = "outer_id\ttitle\r\n00123\t不锈钢保温杯\r\n";
  const plain = bytesSource(encodeText(text, encoding));
  expect((await detectEncoding(plain)).name).toBe(encoding);
  const marked = bytesSource(encodeText(`\uFEFF${text}`, encoding));
  expect(await detectEncoding(marked)).toEqual({ name: encoding, foundBy: "byte_order_mark" });
  expect((await collect(decodeText(marked, encoding))).join("")).toBe(text);
});

it("takes UTF-8 across the ends of pieces, and UTF-8 with a damaged end", async () => {
  const text = `sku,title\n${"A,花瓶\n".repeat(150_000)}`;
  expect(await detectEncoding(bytesSource(encodeText(text, "utf-8")))).toEqual({ name: "utf-8", foundBy: "utf8" });
  const cut = encodeText(text, "utf-8").subarray(0, -2);
  expect((await detectEncoding(bytesSource(cut))).name).toBe("utf-8");
  expect(await detectEncoding(bytesSource(encodeText("a,b\n1,2\n", "utf-8")))).toMatchObject({ foundBy: "ascii" });
});

it("lets the reader's languages decide between equal scores", async () => {
  // Swedish and Hungarian agree on these letters.
  const source = bytesSource(encodeText("sku,title\n1,Höga stövlar\n", "windows-1252"));
  expect((await detectEncoding(source, { acceptLanguage: "sv" })).name).toBe("windows-1252");
  expect((await detectEncoding(source, { acceptLanguage: "hu,sv" })).name).toBe("windows-1250");
});

it("takes what is asked, by any name of it, and refuses what is none", async () => {
  const source = bytesSource(encodeText(texts.gb18030, "gb18030"));
  expect(await detectEncoding(source, { encoding: "GB2312" })).toEqual({ name: "gbk", foundBy: "asked" });
  await expect(detectEncoding(source, { encoding: "klingon" })).rejects.toMatchObject({
    code: "encoding_unknown",
    message: expect.stringContaining("klingon"),
  });
  const xml = encodeText('<?xml version="1.0" encoding="gb2312"?><rss><title>花瓶</title></rss>', "gb18030");
  expect(await detectEncoding(bytesSource(xml))).toEqual({ name: "gbk", foundBy: "xml_declaration" });
});

it("refuses binary data", async () => {
  const bytes = Uint8Array.from({ length: 5_000 }, (_, index) => (index * 7919) % 251);
  await expect(detectEncoding(bytesSource(bytes))).rejects.toMatchObject({ code: "not_a_catalogue" });
});
