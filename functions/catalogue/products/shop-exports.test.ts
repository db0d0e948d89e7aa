import { expect, it } from "vitest";
import { encodeText } from "../../../test/support/catalogue/encode-text.ts";
import { collect } from "../../../test/support/collect.ts";
import { bytesSource } from "../bytes/byte-source.ts";
import { openCatalogue } from "../open-catalogue.ts";
import { openProducts } from "./open-products.ts";

/** Products of a table as `SKU | title | color | photo`, with what was found out about it. */
async function read(lines: readonly string[], encoding = "utf-8") {
  const products = await openProducts(await openCatalogue(bytesSource(encodeText(lines.join("\n"), encoding))));
  const rows = await collect(products.rows());
  const { profile, skipped } = products.report();
  const texts = rows.map((row) => {
    if ("refused" in row) return row.refused.problem.code;
    const { sku, fields, photo } = row.product;
    const image = photo?.from === "url" ? photo.url : photo?.from === "name" ? photo.name : "-";
    return `${sku} | ${fields.title ?? "-"} | ${fields.color ?? "-"} | ${image}`;
  });
  return { profile: profile.id, skipped, products: texts };
}

it.each<[string, string[], string[]]>([
  [
    "German",
    [
      'ID,Typ,Artikelnummer,Name,Kurzbeschreibung,"Regulärer Preis",Bilder,"Übergeordnetes Produkt","Attribut 1 Name","Attribut 1 Wert(e)"',
      '44,variable,pulli,Pulli,,,"https://x/1.jpg, https://x/2.jpg",,Farbe,"Blau, Rot"',
      "47,variation,pulli-blau,Pulli – Blau,,45,https://x/b.jpg,pulli,Farbe,Blau",
      "48,variation,pulli-rot,,,45,,id:44,Farbe,Rot",
      "49,grouped,set,Set,,,,,,",
    ],
    ["pulli-blau | Pulli – Blau | Blau | https://x/b.jpg", "pulli-rot | Pulli | Rot | https://x/1.jpg"],
  ],
  [
    "French, with semicolons and the apostrophes of print",
    [
      "ID;Type;UGS;Nom;Tarif régulier;Images;Parent;Nom de l’attribut 1;Valeur(s) de l’attribut 1 ",
      "10;variable;robe;Robe;;https://x/r.jpg, https://x/r2.jpg;;Couleur;Noir, Bleu",
      "11;variation;robe-noir;;37,9;;robe;Couleur;Noir",
    ],
    ["robe-noir | Robe | Noir | https://x/r.jpg"],
  ],
  [
    "Spanish",
    [
      "ID,Tipo,SKU,Nombre,Precio normal,Imágenes,Superior,Nombre del atributo 1,Valor(es) del atributo 1",
      "1,variable,cam,Camiseta,,https://x/c.jpg,,Color,Rojo",
      "2,variation,cam-r,,12,,cam,Color,Rojo",
    ],
    ["cam-r | Camiseta | Rojo | https://x/c.jpg"],
  ],
  [
    "Japanese",
    [
      "ID,タイプ,SKU,名前,標準価格,画像,親,属性 1の名前,属性 1の値",
      "1,variable,tee,Tシャツ,,https://x/t.jpg,,色,赤",
      "2,variation,tee-r,,12,,tee,色,赤",
    ],
    ["tee-r | Tシャツ | 赤 | https://x/t.jpg"],
  ],
])("WooCommerce, with the headers of a shop in %s", async (_, lines, products) => {
  expect(await read(lines)).toMatchObject({ profile: "woocommerce", products });
});

it.each<[string, string, string[], string[]]>([
  [
    "German",
    "windows-1252",
    [
      "Artikelbezeichnung\tArtikelbeschreibung\tAngebotsnummer\tHändler-SKU\tPreis\tASIN 1",
      'Vase "blau" für Blumen\tSchön, 5" hoch\t01A\tVA-001\t19,90\tB0A',
      "Tasse, größer\tGut\t01B\tVA-002\t9,90\tB0B",
    ],
    ['VA-001 | Vase "blau" für Blumen | - | -', "VA-002 | Tasse, größer | - | -"],
  ],
  [
    "Japanese",
    "shift_jis",
    ["商品名\t出品ID\t出品者SKU\t価格\tASIN 1", "青い花瓶 高さ20cm\t01A\tVA-001\t1980\tB0A"],
    ["VA-001 | 青い花瓶 高さ20cm | - | -"],
  ],
  [
    "French",
    "windows-1252",
    ["nom-produit\tdescription-article\tid-offre\tsku-vendeur\tasin1", "Vase bleu à fleurs\tDéco\t01A\tVA-001\tB0A"],
    ["VA-001 | Vase bleu à fleurs | - | -"],
  ],
])("Amazon's listing report in %s", async (_, encoding, lines, products) => {
  expect(await read(lines, encoding)).toMatchObject({ profile: "amazon_listings", products });
});

it.each<[string, string[], string[]]>([
  [
    "French",
    [
      "ID;Actif (0/1);Nom *;Prix hors taxe;Référence #;Marque;URL des images (x,y,z...)",
      "1;1;Vase bleu;19.9;V-001;Q;https://x/a.jpg,https://x/b.jpg",
    ],
    ["V-001 | Vase bleu | - | https://x/a.jpg"],
  ],
  [
    "German",
    ["Produkt-ID;Aktiv (0/1);Name *;Artikel-Nr. #;Bild-URLs (x,y,z...)", "1;1;Blaue Vase;V-001;https://x/a.jpg"],
    ["V-001 | Blaue Vase | - | https://x/a.jpg"],
  ],
])("PrestaShop in %s", async (_, lines, products) => {
  expect(await read(lines)).toMatchObject({ profile: "prestashop", products });
});

it("Magento 1: rows of further categories and images, and translations, are no products", async () => {
  const lines = [
    "sku,_store,_attribute_set,_type,_category,name,image",
    "M-1,,Default,simple,Home,Vase,/v/a.jpg",
    ",,,,Gifts,,",
    ",german,,,,Vase DE,",
  ];
  const skipped = { continuation: 1, translation: 1 };
  expect(await read(lines)).toEqual({ profile: "magento1", skipped, products: ["M-1 | Vase | - | /v/a.jpg"] });
});

it("BigCommerce's newer export: a product's photo is in a row of its own, after those of its variants", async () => {
  const lines = [
    "Item,ID,Name,SKU,Options,Variant Image URL,Internal Image URL (Export)",
    "Product,100,Drum,D-1,,,",
    "Variant,201,,D-1-R,Type=Swatch|Name=Color|Value=Red[#ff0000],https://x/red.jpg,",
    "Variant,202,,D-1-B,Type=Swatch|Name=Color|Value=Blue[#0000ff],,",
    "Image,301,,,,,https://x/drum.jpg",
    "Image,302,,,,,https://x/back.jpg",
    "Product,101,Flute,F-1,,,",
    "Image,303,,,,,https://x/flute.jpg",
  ];
  expect(await read(lines)).toEqual({
    profile: "bigcommerce_v3",
    skipped: { image_row: 3, parent: 1 },
    products: [
      "D-1-R | Drum | Red | https://x/red.jpg",
      "D-1-B | Drum | Blue | https://x/drum.jpg",
      "F-1 | Flute | - | https://x/flute.jpg",
    ],
  });
});

it("Rakuten: rows of SKUs follow the row of their product, which has the name", async () => {
  const lines = [
    "商品管理番号（商品URL）,商品番号,商品名,商品画像パス1,SKU管理番号,システム連携用SKU番号,バリエーション項目キー1,バリエーション項目選択肢1,SKU画像パス",
    "vase01,V-01,青い花瓶,/vase/a.jpg,,,,,",
    "vase01,,,,b,V-01-B,カラー,青,/vase/b.jpg",
    "vase01,,,,r,V-01-R,カラー,赤,",
    "cup01,C-01,カップ,/cup/a.jpg,,,,,",
  ];
  expect(await read(lines, "shift_jis")).toEqual({
    profile: "rakuten",
    skipped: { parent: 1 },
    products: [
      "V-01-B | 青い花瓶 | 青 | /vase/b.jpg",
      "V-01-R | 青い花瓶 | 赤 | /vase/a.jpg",
      "C-01 | カップ | - | /cup/a.jpg",
    ],
  });
});

it("Wix: variants have the name and the photo of their product", async () => {
  const lines = [
    "handleId,fieldType,name,productImageUrl,sku,productOptionName1,productOptionDescription1",
    "p1,Product,Vase,a.jpg;b.jpg,V-1,Color,Red;Blue",
    "p1,Variant,,,V-1-R,,Red",
    "p2,Product,Cup,c.jpg,C-1,,",
  ];
  expect((await read(lines)).products).toEqual(["V-1-R | Vase | Red | a.jpg", "C-1 | Cup | - | c.jpg"]);
});

it.each<[string, string[], string[]]>([
  [
    "JD",
    ["商品ID,商家SKU,商品名称,颜色,商品主图URL", "1001,QH-1,陶瓷花瓶,红色,//img10.360buyimg.com/a.jpg"],
    ["QH-1 | 陶瓷花瓶 | 红色 | https://img10.360buyimg.com/a.jpg"],
  ],
  [
    "1688",
    ["产品标题,货号,产品ID,规格,单价(元),图片1,图片2", "花瓶,QH-1,6123,大,9,https://x/a.jpg,https://x/b.jpg"],
    ["QH-1 | 花瓶 | - | https://x/a.jpg"],
  ],
  [
    "eBay",
    [
      "*Action(SiteID=US),Custom label (SKU),Title,Item photo URL",
      "Add,EB-1,Blue vase,https://x/a.jpg|https://x/b.jpg",
    ],
    ["EB-1 | Blue vase | - | https://x/a.jpg"],
  ],
  [
    "PrestaShop's list of products",
    ["Product ID;Image;Name;Reference;Category", "1;https://x/1.jpg;Printed t-shirt;demo_1;Men"],
    ["demo_1 | Printed t-shirt | - | https://x/1.jpg"],
  ],
])("%s is mapped by names with a word beside them", async (_, lines, products) => {
  expect(await read(lines)).toMatchObject({ profile: "generic", products });
});
