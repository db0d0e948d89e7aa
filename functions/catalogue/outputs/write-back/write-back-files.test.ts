import { describe, expect, it } from "vitest";
import type { Product } from "../../products/product.ts";
import type { Channel } from "./channels.ts";
import type { ExportImage, ExportProduct, LeftOut } from "./export-product.ts";
import { writeBackFiles } from "./write-back-files.ts";

const image = (shot: string, sku: string, more: Partial<ExportImage> = {}): ExportImage => ({
  shot,
  url: `https://pictures.example/i/0123456789/${sku}_${shot}_1.jpg`,
  alt: `${sku}, ${shot}`,
  width: 1600,
  height: 1600,
  isLabelled: true,
  ...more,
});

function variant(index: number, sku: string, more: Partial<Product> = {}, shots = ["main"]): ExportProduct {
  return {
    product: { index, line: index + 2, sku, fields: { title: "Tape" }, cells: {}, ...more },
    images: shots.map((shot) => image(shot, sku)),
    formerImages: ["https://shop.example/old.jpg"],
  };
}

async function written(
  channel: Channel,
  products: readonly ExportProduct[],
  { mode = "append" as "append" | "front", limit = 14_000_000 } = {},
) {
  async function* all() {
    yield* products;
  }
  const files: string[] = [];
  const leftOut: LeftOut[] = [];
  const options = { mode, leaveOut: (each: LeftOut) => leftOut.push(each) };
  for await (const { file, text } of writeBackFiles(channel, all(), options, limit)) {
    files[file] = (files[file] ?? "") + text;
  }
  return { files: files.map((text) => text.trimEnd().split("\r\n")), leftOut };
}

const url = (sku: string, shot: string) => `https://pictures.example/i/0123456789/${sku}_${shot}_1.jpg`;

describe("shopify", () => {
  const tape = [
    variant(
      0,
      "T-B",
      {
        parentKey: "tape",
        cells: { Handle: "tape", "Option1 Name": "Color", "Option1 Value": "Blue", "Variant SKU": "T-B" },
      },
      ["main", "detail"],
    ),
    variant(1, "T-K", {
      parentKey: "tape",
      cells: { Handle: "tape", "Option1 Name": "Color", "Option1 Value": "Black", "Variant SKU": "T-K" },
    }),
  ];

  it("has a row for each image, the first of a variant in the variant's own row, behind the former images", async () => {
    const { files } = await written("shopify_legacy", tape);
    expect(files).toEqual([
      [
        "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Image Src,Image Position,Image Alt Text,Variant Image",
        `tape,Tape,Color,Blue,T-B,${url("T-B", "main")},2,"T-B, main",${url("T-B", "main")}`,
        `tape,,,,,${url("T-B", "detail")},3,"T-B, detail",`,
        `tape,,Color,Black,T-K,${url("T-K", "main")},4,"T-K, main",${url("T-K", "main")}`,
      ],
    ]);
  });

  it("lists the former images again when ours go in front", async () => {
    const { files } = await written("shopify", [variant(0, "A", { cells: { "URL handle": "a", SKU: "A" } })], {
      mode: "front",
    });
    expect(files[0]!.slice(1)).toEqual([
      `a,Tape,,,A,${url("A", "main")},1,"A, main",${url("A", "main")}`,
      "a,,,,,https://shop.example/old.jpg,2,,",
    ]);
  });
});

it("gives WooCommerce the whole gallery, because its import replaces it", async () => {
  const product = variant(0, "W-1", { cells: { ID: "44" } }, ["main", "detail"]);
  const { files } = await written("woocommerce", [product], { mode: "front" });
  const gallery = `${url("W-1", "main")}, ${url("W-1", "detail")}, https://shop.example/old.jpg`;
  expect(files[0]).toEqual(["ID,SKU,Images", `44,W-1,"${gallery}"`]);
});

it("gives Google a supplemental feed without images that it refuses", async () => {
  const product: ExportProduct = {
    ...variant(0, "G", {}, []),
    images: [
      image("main", "G", { url: "https://pictures.example/a,b.jpg" }),
      image("lifestyle_zh", "G"),
      image("flat", "G"),
      image("small", "G", { width: 499 }),
      image("unlabelled", "G", { isLabelled: false }),
    ],
  };
  const { files, leftOut } = await written("google", [product]);
  expect(files[0]).toEqual([
    "id\timage_link\tadditional_image_link\tlifestyle_image_link",
    `G\thttps://pictures.example/a%2Cb.jpg\t${url("G", "flat")}\t${url("G", "lifestyle_zh")}`,
  ]);
  expect(leftOut.map(({ shot, reason }) => `${shot}: ${reason}`)).toEqual([
    "small: 499 × 1600: a side is shorter than 500 pixels",
    "unlabelled: its file does not say that it was generated",
  ]);
});

it("keeps Magento's cells within 255 characters", async () => {
  const shots = ["main", ...Array.from({ length: 6 }, (_, index) => `detail${index}`)];
  const { files, leftOut } = await written("magento", [variant(0, "M", {}, shots)]);
  const [, row] = files[0]!;
  expect(/"([^"]*)"$/.exec(row!)![1]!.length).toBeLessThanOrEqual(255);
  expect(leftOut.map(({ shot }) => shot)).toEqual(["detail4", "detail5"]);
});

it("asks PrestaShop to delete a gallery only where it lists the former images again", async () => {
  const products = [
    variant(0, "P-1", { parentKey: "7", cells: { "Product ID": "7" } }),
    variant(1, "P-2", { parentKey: "7", cells: { "Product ID": "7" } }),
  ];
  const append = await written("prestashop", products);
  expect(append.files[0]![1]).toBe(`7;${url("P-1", "main")},${url("P-2", "main")};P-1  main,P-2  main;0`);
  const front = await written("prestashop", products, { mode: "front" });
  expect(front.files[0]![1]).toBe(
    `7;${url("P-1", "main")},${url("P-2", "main")},https://shop.example/old.jpg;P-1  main,P-2  main,;1`,
  );
});

it("begins a new file, with the header again, before one is too large, and keeps a product's rows together", async () => {
  const products = Array.from({ length: 40 }, (_, index) => variant(index, `S-${index}`, {}, ["main", "detail"]));
  const { files } = await written("shopify", products, { limit: 2_000 });
  expect(files.length).toBeGreaterThan(3);
  for (const [header, first] of files) {
    expect(header).toMatch(/^URL handle,/);
    expect(first).toContain("main");
  }
  expect(files.flatMap((rows) => rows.slice(1)).length).toBe(80);
});

it("writes nothing when nothing has changed", async () => {
  expect((await written("shopify", [])).files).toEqual([]);
});
