import { expect, it } from "vitest";
import { exportProduct } from "../../../../test/support/catalogue/export-products.ts";
import { bytesSource } from "../../bytes/byte-source.ts";
import { openCatalogue } from "../../open-catalogue.ts";
import type { Channel } from "./channels.ts";
import { formerImages } from "./former-images.ts";

async function formerOf(channel: Channel, lines: readonly string[]) {
  return formerImages(channel, await openCatalogue(bytesSource(Buffer.from(lines.join("\n")))));
}

const [a, b] = ["https://shop.example/a.jpg", "https://shop.example/b.jpg"] as const;

it.each([
  ["shopify_legacy", "Handle,Title,Image Src"],
  ["shopify", "URL handle,Title,Product image URL"],
  // Some files have the columns of both exports.
  ["shopify", "Handle,Title,Product image URL"],
] as const)("collects the images of all rows of a handle, each once: %s, %s", async (channel, header) => {
  const rows = [`tape,Tape,${a}`, `tape,,${b}`, `cup,Cup,`, `tape,,${a}`, `pot,Pot,https://shop.example/pot.jpg`];
  const former = await formerOf(channel, [header, ...rows]);
  expect(former(exportProduct("T", { parentKey: "tape" }).product)).toEqual([a, b]);
  expect(former(exportProduct("C", { parentKey: "cup" }).product)).toEqual([]);
  expect(former(exportProduct("X").product)).toEqual([]);
});

it.each([
  ["woocommerce", "Images"],
  ["prestashop", "Image URLs (x,y,z...)"],
] as const)("splits the cell of %s where an address begins, not at a comma inside of one", async (channel, column) => {
  const comma = "https://shop.example/w_100,h_100/c.jpg";
  const former = await formerOf(channel, ["sku,name", "A,Cup"]);
  const { product } = exportProduct("A", { cells: { [column]: `${a}, ${comma},${b}` } });
  expect(former(product)).toEqual([a, comma, b]);
});

it.each([
  ["google", "id,title,image_link"],
  ["magento", "sku,name,base_image"],
  ["shopify", "SKU,Title,Product image URL"],
] as const)("has none where the file does not say which images are a product's: %s, %s", async (channel, header) => {
  const former = await formerOf(channel, [header, `T,Tape,${a}`]);
  expect(former(exportProduct("T", { parentKey: "T", cells: { image_link: a } }).product)).toEqual([]);
});
