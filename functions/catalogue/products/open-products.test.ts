import { describe, expect, it } from "vitest";
import { collect } from "../../../test/support/collect.ts";
import { bytesSource } from "../bytes/byte-source.ts";
import { catalogueLimits } from "../limits.ts";
import { openCatalogue } from "../open-catalogue.ts";
import { openProducts, type ProductOptions } from "./open-products.ts";
import type { Product, RefusedRow } from "./product.ts";

async function read(file: string, options: ProductOptions = {}) {
  const products = await openProducts(await openCatalogue(bytesSource(Buffer.from(file))), options);
  const rows = await collect(products.rows());
  return {
    products: rows.flatMap((row) => ("product" in row ? [row.product] : [])),
    refused: rows.flatMap((row) => ("refused" in row ? [row.refused] : [])),
    report: products.report(),
  };
}

const skus = (products: readonly Product[]) => products.map(({ sku }) => sku);
const photos = (products: readonly Product[]) =>
  products.map(({ photo }) => (photo === undefined ? undefined : photo.from === "url" ? photo.url : photo));
const codes = (refused: readonly RefusedRow[]) => refused.map(({ line, problem }) => [line, problem.code]);

describe("shopify", () => {
  const legacy = [
    "Handle,Title,Body (HTML),Vendor,Option1 Name,Option1 Value,Variant SKU,Variant Price,Image Src,Image Position,Variant Image",
    "tape,Bar tape,<p>Soft</p>,Roadies,Color,Black,T-1,9,https://x/tape_Black.jpeg,1,https://x/tape_Black.jpeg",
    "tape,,,,,Blue,'T-2,9,https://x/tape_Black2.jpeg,2,https://x/tape_Blue.jpeg",
    "tape,,,,,Red,,9,https://x/tape_Side.jpeg,3,",
    "tape,,,,,,,,https://x/tape_Back.jpeg,4,",
    "bell,Bell,,Ding,Title,Default Title,B-1,5,https://x/bell.jpeg,1,",
  ].join("\n");

  it("never takes the gallery picture of a variant's row, and inherits from the first row of the handle", async () => {
    const { products, report } = await read(legacy);
    expect(report).toMatchObject({
      profile: { id: "shopify_legacy" },
      products: 4,
      skipped: { image_row: 1 },
      refused: {},
    });
    expect(skus(products)).toEqual(["T-1", "T-2", "tape-Red", "B-1"]);
    expect(photos(products)).toEqual([
      "https://x/tape_Black.jpeg",
      "https://x/tape_Blue.jpeg",
      "https://x/tape_Black.jpeg",
      "https://x/bell.jpeg",
    ]);
    expect(products[1]).toMatchObject({
      line: 3,
      parentKey: "tape",
      fields: { title: "Bar tape", color: "Blue", brand: "Roadies" },
    });
    expect(products[1]!.cells["Body (HTML)"]).toBe("<p>Soft</p>");
  });

  it("recognises today's columns", async () => {
    const file =
      "Title,URL handle,Option1 name,Option1 value,SKU,Price,Product image URL,Image position,Variant image URL\n" +
      "Cap,cap,Color,Green,C-1,5,https://x/cap.jpg,1,\n,cap,,Blue,C-2,5,,,https://x/blue.jpg\n,cap,,,,,https://x/side.jpg,2,\n";
    const { products, report } = await read(file);
    expect(report.profile.id).toBe("shopify");
    expect(photos(products)).toEqual(["https://x/cap.jpg", "https://x/blue.jpg"]);
    expect(report.skipped).toEqual({ image_row: 1 });
  });
});

it("woocommerce: variations have their parent's title and image; parents with variations and grouped ones are left out", async () => {
  const file = [
    "ID,Type,SKU,Name,Regular price,Images,Parent,Attribute 1 name,Attribute 1 value(s)",
    '44,variable,hoodie,Hoodie,,"https://x/h1.jpg, https://x/h2.jpg",,Color,"Blue, Red"',
    '45,"simple, virtual",album,Album,15,https://x/a.jpg,,,',
    "46,grouped,set,Set,,https://x/s.jpg,,,",
    "47,variation,hoodie-blue,Hoodie - Blue,45,https://x/blue.jpg,hoodie,Color,Blue",
    "48,variation,hoodie-red,Hoodie - Red,45,,id:44,Color,Red",
    "49,variable,empty,Alone,,https://x/alone.jpg,,,",
    "50,variation,cap-red,,5,,id:51,Color,Red",
    "51,variable,cap,Cap,,https://x/cap.jpg,,,",
  ].join("\n");
  const { products, report } = await read(file);
  expect(report).toMatchObject({ profile: { id: "woocommerce" }, skipped: { grouped: 1, parent: 2 }, products: 5 });
  expect(skus(products)).toEqual(["album", "hoodie-blue", "hoodie-red", "cap-red", "empty"]);
  expect(photos(products)).toEqual([
    "https://x/a.jpg",
    "https://x/blue.jpg",
    "https://x/h1.jpg",
    "https://x/cap.jpg",
    "https://x/alone.jpg",
  ]);
  expect(products.map(({ fields }) => [fields.title, fields.color])).toEqual([
    ["Album", undefined],
    ["Hoodie - Blue", "Blue"],
    ["Hoodie - Red", "Red"],
    ["Cap", "Red"],
    ["Alone", undefined],
  ]);
});

describe("other exports", () => {
  it.each<[string, string, string[], (string | object | undefined)[], Record<string, number>]>([
    [
      "magento",
      "sku,store_view_code,attribute_set_code,product_type,name,base_image\nM-1,,Default,simple,Vase,/m/v/vase.jpg\nM-1,de,Default,simple,Vase DE,\n",
      ["M-1"],
      [{ from: "name", name: "/m/v/vase.jpg" }],
      { translation: 1 },
    ],
    [
      "prestashop",
      "Product ID;Name *;Reference #;Image URLs (x,y,z...)\n1;Vase;P-1;https://x/1.jpg,https://x/2.jpg\n",
      ["P-1"],
      ["https://x/1.jpg"],
      {},
    ],
    [
      "akeneo",
      "sku;family;categories;name-en_US;image\nK-1;vases;home;Vase;files/vase.jpg\n",
      ["K-1"],
      [{ from: "name", name: "files/vase.jpg" }],
      {},
    ],
    [
      "bigcommerce",
      'Item Type,Product ID,Product Name,Product Code/SKU,Price,Product Image File - 1\nProduct,1,Shirt,S,5,shirt.jpg\n  SKU,,"[S]Size=L,[S]Color=Red",S-L,,\n  Rule,,x,,,\n',
      ["S", "S-L"],
      [
        { from: "name", name: "shirt.jpg" },
        { from: "name", name: "shirt.jpg" },
      ],
      { rule: 1 },
    ],
    [
      "amazon_legacy",
      "TemplateType=fptcustom\tVersion=1\t\t\t\nType\tSKU\tName\tImage\tParentage\nfeed_product_type\titem_sku\titem_name\tmain_image_url\tparent_child\tparent_sku\nvase\tV\tVase\t\tparent\t\nvase\tV-B\t\thttps://x/b.jpg\tchild\tV\n",
      ["V-B"],
      ["https://x/b.jpg"],
      { parent: 1 },
    ],
    [
      "amazon",
      "settings=attributeRow=2&dataRow=4\t\t\t\ncontribution_sku#1.value\titem_name[language_tag=en_US]#1.value\tmain_product_image_locator[marketplace_id=A]#1.media_location\t::record_action\nABC123\tExample\t\t\nV-1\tVase\thttps://x/v.jpg\t\nV-2\tCup\t\tDelete\n",
      ["V-1"],
      ["https://x/v.jpg"],
      { delete: 1 },
    ],
    [
      "amazon_listings",
      'item-name\titem-description\tlisting-id\tseller-sku\tprice\tasin1\nVase "tall"\t5" high\tL1\tV-1\t5\tB00\n',
      ["V-1"],
      [undefined],
      {},
    ],
    [
      "google",
      "id\ttitle\timage_link\titem_group_id\nG-1\tVase\thttps://x/a,b.jpg,https://x/2.jpg\tG\n",
      ["G-1"],
      ["https://x/a,b.jpg"],
      {},
    ],
    [
      "meta",
      "# ref_application_id 1\nid,title,image_link,fb_product_category\nF-1,Vase,https://x/f.jpg,home\n",
      ["F-1"],
      ["https://x/f.jpg"],
      {},
    ],
    [
      "taobao",
      `version 1.00\ntitle\tpicture\touter_id\tnum_id\n宝贝名称\t新图片\t商家编码\t数字ID\n花瓶\t${"a".repeat(32)}:1:1:|https://x/2.jpg;${"b".repeat(32)}:1:0:|https://x/1.jpg;\tT-1\t9\n杯\t${"c".repeat(32)}:1:0:|;\t\t10\n`,
      ["T-1", "10"],
      ["https://x/1.jpg", { from: "name", name: `${"c".repeat(32)}.tbi` }],
      {},
    ],
  ])("%s", async (id, file, wantedSkus, wantedPhotos, skipped) => {
    const { products, report } = await read(file);
    expect(report.profile.id).toBe(id);
    expect(skus(products)).toEqual(wantedSkus);
    expect(photos(products)).toEqual(wantedPhotos);
    expect(report.skipped).toEqual(skipped);
    expect(products.every(({ fields }) => fields.title !== undefined)).toBe(true);
  });
});

describe("tables of no known export", () => {
  it.each([
    ["zh", "商品编码,商品名称,主图,颜色,类目"],
    ["en", "Item No.,Product Name,Image URL,Colour,Category"],
    ["ja", "品番,商品名,画像,カラー,カテゴリ"],
    ["de", "Artikelnummer,Bezeichnung,Bild,Farbe,Kategorie"],
    ["fr", "Référence,Désignation,Photo,Couleur,Catégorie"],
    ["es", "Código,Nombre,Imagen,Color,Categoría"],
  ])("are mapped by names and values: %s", async (_, header) => {
    const rows = "A-001,Blue ceramic vase,https://x/1.jpg,blue,vases\nA-002,Red ceramic cup,https://x/2.jpg,red,cups\n";
    const { products, report } = await read(`${header}\n${rows}`);
    const [sku, title, image, color, category] = header.split(",");
    expect(
      Object.fromEntries(report.mapping.flatMap(({ field, column }) => (column ? [[field, column]] : []))),
    ).toEqual({
      sku,
      title,
      image,
      color,
      category,
    });
    expect(report.mapping[0]).toMatchObject({ chosenBy: "names_and_values", samples: ["A-001", "A-002"] });
    expect(products[0]).toMatchObject({
      sku: "A-001",
      fields: { color: "blue" },
      photo: { from: "url", url: "https://x/1.jpg" },
    });
  });

  it("leave the SKU open where no column is certain, and say which could be it", async () => {
    const file = "title,slug\nVase,vase-blue\nCup,cup-red\nPot,pot-black\n";
    await expect(read(file)).rejects.toMatchObject({ code: "sku_column_unknown", param: "mapping.sku" });
    expect(skus((await read(file, { mapping: { sku: "slug" } })).products)).toEqual([
      "vase-blue",
      "cup-red",
      "pot-black",
    ]);
    await expect(read(file, { mapping: { sku: "slgu" } })).rejects.toMatchObject({
      code: "mapping_column_unknown",
      message: "sku is mapped to column slgu, which the file does not have; did you mean slug?",
    });
    await expect(read(file, { profile: "shopfy" })).rejects.toMatchObject({ code: "profile_unknown" });
  });
});

it("answers every line of troubled SKUs", async () => {
  const lines: [sku: string, answer: string][] = [
    ["A-1", "A-1"],
    [" A-2\u200b", "A-2"],
    ["'00123", "00123"],
    ['"=""00124"""', "00124"],
    ["123", "123"],
    ["", "sku_missing"],
    ["1.23E+12", "sku_scientific"],
    ["=A1&B1", "sku_invalid"],
    ["x".repeat(201), "sku_invalid"],
    ["B\u0007", "sku_invalid"],
    ["C\uFFFD", "sku_invalid"],
    ["A-1", "duplicate_sku"],
    ["a-1", "a-1"],
    ["1E5", "1E5"],
    ["Ä", "Ä"],
  ];
  const file = `sku,title\n${lines.map(([sku], index) => `${sku},Title number ${index}`).join("\n")}\nA-2,Title number 1\nA\u0308,Title number 14\n`;
  const { products, refused, report } = await read(file);
  expect(skus(products)).toEqual(
    lines.filter(([, answer]) => !answer.includes("sku_") && !answer.endsWith("_sku")).map(([, sku]) => sku),
  );
  expect(codes(refused)).toEqual([
    [7, "sku_missing"],
    [8, "sku_scientific"],
    [9, "sku_invalid"],
    [10, "sku_invalid"],
    [11, "sku_invalid"],
    [12, "sku_invalid"],
    [13, "duplicate_sku"],
  ]);
  expect(refused[6]!.problem.message.en).toContain("the SKU A-1 is on line 2 already");
  // Equal lines are left out with a notice: 15 + 2 lines have 8 + 7 + 2 answers.
  expect(report.warnings).toMatchObject([
    { code: "undecodable_bytes", lines: [12] },
    { code: "duplicate_rows", lines: [17, 18] },
  ]);
});

it("adds numbers to equal SKUs where that is wanted", async () => {
  const { products, report } = await read("sku,title\nA,one\nA,two\nA-2,three\nA,four\n", { duplicates: "suffix" });
  expect(skus(products)).toEqual(["A", "A-2", "A-2-2", "A-3"]);
  expect(report.warnings).toMatchObject([{ code: "renamed_skus", count: 3 }]);
});

it("leaves out a row that repeats one that was given a number", async () => {
  const file = "sku,title\nA,one\nA,two\nA,one\nA,two\nB,three\nB-2,five\nB,five\n";
  const { products, report } = await read(file, { duplicates: "suffix" });
  expect(skus(products)).toEqual(["A", "A-2", "B", "B-2", "B-3"]);
  expect(report.warnings).toMatchObject([
    { code: "renamed_skus", count: 2 },
    { code: "duplicate_rows", lines: [4, 5] },
  ]);
});

it("names the fields that options say, where the file has such options", async () => {
  const header = "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU";
  const namesOf = async (option: string) =>
    (await read(`${header}\ntape,Tape,Title,Default Title,,,T-1\ncap,Cap,Size,L,${option},Blue,C-1\n`)).report.names;
  const columns = "Option1 Value, Option2 Value";
  expect(await namesOf("Color")).toEqual(expect.arrayContaining([{ name: "color", column: `${columns} (color)` }]));
  expect((await namesOf("Colour of the thread")).map(({ name }) => name)).not.toContain("color");
  expect(await namesOf("")).toEqual(expect.arrayContaining([{ name: "size", column: `${columns} (size)` }]));
});

it("refuses more products than a run has", async () => {
  const table = await openCatalogue(bytesSource(Buffer.from("sku,title\n1,a\n2,b\n3,c\n")));
  const products = await openProducts(table, {}, { ...catalogueLimits, products: 2 });
  await expect(collect(products.rows())).rejects.toMatchObject({ code: "too_many_products", problem: { line: 4 } });
});

it("needs the warnings accepted where rows are broken, names columns for templates, and shows four products", async () => {
  const rows = Array.from({ length: 6 }, (_, index) => `${index},Vase ${index},x,TRUE`).join("\n");
  const { report } = await read(`SKU,Body (HTML),颜色\n${rows}\n`);
  expect(report.needsAcceptance).toBe(true);
  expect(report.names).toEqual([
    { name: "sku", column: "SKU" },
    { name: "description", column: "Body (HTML)" },
    { name: "color", column: "颜色" },
    { name: "body_html", column: "Body (HTML)" },
    { name: "颜色", column: "颜色" },
  ]);
  expect(report.sampleProducts).toHaveLength(4);
});

const columnOf = ({ report }: Awaited<ReturnType<typeof read>>, field: string) =>
  report.mapping.find((each) => each.field === field)?.column;

it("has a mask of its own for each variant, found by its name", async () => {
  const found = await read(
    "Handle,Title,Variant SKU,Image Src,Variant Image,Option1 Name,Option1 Value,Mask\n" +
      "tape,Tape,T-1,https://x.example/a.jpg,,Color,Blue,https://x.example/m.png\ntape,,T-2,,,,Black,\n",
  );
  expect(columnOf(found, "mask")).toBe("Mask");
  const [blue, black] = found.products;
  expect(blue!.mask).toEqual({ from: "url", url: "https://x.example/m.png" });
  expect(black!.fields.title).toBe("Tape");
  expect(black!.mask).toBeUndefined();
});

it("takes Akeneo's columns in the language that is asked for", async () => {
  const file = "sku;family;categories;name-en_US;name-de_DE\nA;mugs;k;blue mug;blauer Becher\n";
  expect(columnOf(await read(file), "title")).toBe("name-en_US");
  expect(columnOf(await read(file, { languages: ["de-DE"] }), "title")).toBe("name-de_DE");
});
