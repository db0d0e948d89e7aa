import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { writeWorkbook } from "../../test/support/catalogue/write-workbook.ts";

/** The header of Shopify's export with the columns of its Google channel: 57 columns. */
const shopifyHeader =
  "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Option1 Linked To,Option2 Name,Option2 Value,Option2 Linked To,Option3 Name,Option3 Value,Option3 Linked To,Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Fulfillment Service,Variant Price,Variant Compare At Price,Variant Requires Shipping,Variant Taxable,Unit Price Total Measure,Unit Price Total Measure Unit,Unit Price Base Measure,Unit Price Base Measure Unit,Variant Barcode,Image Src,Image Position,Image Alt Text,Gift Card,SEO Title,SEO Description,Google Shopping / Google Product Category,Google Shopping / Gender,Google Shopping / Age Group,Google Shopping / MPN,Google Shopping / Condition,Google Shopping / Custom Product,Google Shopping / Custom Label 0,Google Shopping / Custom Label 1,Google Shopping / Custom Label 2,Google Shopping / Custom Label 3,Google Shopping / Custom Label 4,Variant Image,Variant Weight Unit,Variant Tax Code,Cost per item,Included / Primary,Price / International,Compare At Price / International,Status".split(
    ",",
  );

const plainHeader = ["商品编码", "商品名称", "主图", "颜色", "类目", "品牌", "价格", "材质", "尺码", "描述"];
const colors = ["红色", "黑色", "白色", "蓝色"];

function plainRow(row: number): string[] {
  const description = `第 ${row} 款，适合日常使用，做工精细，`.repeat(5);
  return [
    String(row).padStart(8, "0"),
    `简约陶瓷花瓶 客厅摆件 第 ${row} 款`,
    `https://images.example/products/${row}/main.jpg`,
    colors[row % colors.length]!,
    "家居 > 花瓶",
    "清和",
    `${(row % 500) + 0.9}`,
    "陶瓷",
    "M",
    description,
  ];
}

/** One product of five variants after another; the first row of each has what they share. */
function shopifyRow(row: number): string[] {
  const variant = row % 5;
  const cells = shopifyHeader.map(() => "");
  const set = (name: string, value: string) => {
    cells[shopifyHeader.indexOf(name)] = value;
  };
  const handle = `vase-${Math.floor(row / 5)}`;
  set("Handle", handle);
  set("Option1 Value", `Color ${variant}`);
  set("Variant SKU", `V-${row}`);
  set("Variant Price", "19.90");
  set("Variant Inventory Policy", "deny");
  set("Variant Weight Unit", "kg");
  set("Image Src", `https://cdn.example/${handle}-${variant}.jpg`);
  set("Image Position", String(variant + 1));
  set("SEO Description", "A vase for every room, made by hand. ".repeat(20));
  if (variant === 0) {
    set("Title", `Vase ${row}`);
    set("Body (HTML)", `<p>Made by hand, "one of a kind", </p>\n`.repeat(250));
    set("Vendor", "Qinghe");
    set("Option1 Name", "Color");
    set("Tags", "vase, home, ceramic");
  }
  return cells;
}

const cell = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

async function writeCsv(path: string, header: readonly string[], rows: number, rowOf: (row: number) => string[]) {
  const file = createWriteStream(path);
  file.write(`${header.map(cell).join(",")}\n`);
  for (let row = 0; row < rows; row++) {
    if (!file.write(`${rowOf(row).map(cell).join(",")}\n`)) await once(file, "drain");
  }
  file.end();
  await once(file, "close");
}

/** Files of so many rows, as the bench reads them. */
export const catalogues = {
  "CSV of 10 columns": (path: string, rows: number) => writeCsv(path, plainHeader, rows, plainRow),
  "Shopify export of 57 columns": (path: string, rows: number) => writeCsv(path, shopifyHeader, rows, shopifyRow),
  "XLSX of 10 columns": async (path: string, rows: number) => {
    const strings = new Map<string, number>();
    const indexOf = (text: string) => {
      let index = strings.get(text);
      if (index === undefined) strings.set(text, (index = strings.size));
      return index;
    };
    const lines = [plainHeader, ...Array.from({ length: rows }, (_, row) => plainRow(row))].map((texts, line) => {
      const cells = texts.map(
        (text, column) => `<c r="${String.fromCharCode(65 + column)}${line + 1}" t="s"><v>${indexOf(text)}</v></c>`,
      );
      return `<row r="${line + 1}">${cells.join("")}</row>`;
    });
    const file = writeWorkbook({
      sheets: [{ name: "商品", rows: lines.join("") }],
      sharedStrings: [...strings.keys()],
    });
    await writeFile(path, file);
  },
} as const;
