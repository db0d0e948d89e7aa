import { describe, expect, it } from "vitest";
import { exportProduct, exportRows, exportUrl } from "../../../../test/support/catalogue/export-products.ts";
import { collect } from "../../../../test/support/collect.ts";
import { shopifyWriteBack } from "./shopify.ts";

const cellsOf = (color: string, sku: string) => ({
  parentKey: "tape",
  cells: { Handle: "tape", "Option1 Name": "Color", "Option1 Value": color, "Variant SKU": sku },
});

it("has the columns of the export that the file came from", () => {
  const columnsOf = (profile: "shopify" | "shopify_legacy") => shopifyWriteBack(profile).columns.join();
  expect(columnsOf("shopify")).toBe(
    "URL handle,Title,Option1 name,Option1 value,SKU,Product image URL,Image position,Image alt text,Variant image URL",
  );
  expect(columnsOf("shopify_legacy")).toBe(
    "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Image Src,Image Position,Image Alt Text,Variant Image",
  );
});

it("has a row for each image, the first of a variant in the variant's own row, behind the former images", async () => {
  const tape = [
    exportProduct("T-B", cellsOf("Blue", "T-B"), ["main", "detail"]),
    exportProduct("T-K", cellsOf("Black", "T-K")),
  ];
  const [blue, detail, black] = [exportUrl("T-B", "main"), exportUrl("T-B", "detail"), exportUrl("T-K", "main")];
  expect((await exportRows(shopifyWriteBack("shopify_legacy"), tape)).rows).toEqual([
    ["tape", "Tape", "Color", "Blue", "T-B", blue, "2", "T-B, main", blue],
    ["tape", "", "", "", "", detail, "3", "T-B, detail", ""],
    ["tape", "", "Color", "Black", "T-K", black, "4", "T-K, main", black],
  ]);
});

it("lists the former images again when ours go in front, and makes up no SKU", async () => {
  const product = exportProduct("made-up", { cells: { "URL handle": "a" } });
  const url = exportUrl("made-up", "main");
  expect((await exportRows(shopifyWriteBack("shopify"), [product], "front")).rows).toEqual([
    ["a", "Tape", "", "", "", url, "1", "made-up, main", ""],
    ["a", "", "", "", "", "https://shop.example/old.jpg", "2", "", ""],
  ]);
});

describe("the image of a variant", () => {
  const own = "https://shop.example/blue.jpg";
  const blue = cellsOf("Blue", "T-B");
  const withOwn = { ...blue, cells: { ...blue.cells, "Variant Image": own } };
  const first = exportUrl("T-B", "main");
  it.each([
    ["stays what it was behind the shop's images", withOwn, "append", own],
    ["is ours in front of them", withOwn, "front", first],
    ["is ours where it had none", blue, "append", first],
    ["is none without variants", cellsOf("Default Title", "T-B"), "front", ""],
  ] as const)("%s", async (_, changes, mode, expected) => {
    // Only the second image is new: the first one is in the shop already.
    const product = { ...exportProduct("T-B", changes, ["main", "detail"]) };
    const later = { ...product, images: product.images.slice(1) };
    for (const each of [product, later]) {
      const { rows } = await exportRows(shopifyWriteBack("shopify_legacy"), [each], mode);
      expect(rows[0]!.at(-1)).toBe(expected);
    }
  });
});

it("makes handles of titles where the file has none, and says so", async () => {
  const title = "  Théière rouge, 1 L! ";
  const product = exportProduct("R-1", { fields: { title } });
  const notes = new Set<string>();
  async function* all() {
    yield product;
  }
  const options = { mode: "append", leaveOut: () => {}, note: (text: string) => void notes.add(text) } as const;
  const [rows] = await collect(shopifyWriteBack("shopify").rows(all(), options));
  expect(rows![0]!.slice(0, 2)).toEqual(["theiere-rouge-1-l", title]);
  expect([...notes]).toEqual([expect.stringContaining("has no handles")]);
});
