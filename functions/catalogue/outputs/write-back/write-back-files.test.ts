import { expect, it } from "vitest";
import { exportProduct, exportUrl } from "../../../../test/support/catalogue/export-products.ts";
import type { Channel } from "./channels.ts";
import type { ExportProduct } from "./export-product.ts";
import { writeBackFiles } from "./write-back-files.ts";

async function written(channel: Channel, products: readonly ExportProduct[], limit = 14_000_000) {
  async function* all() {
    yield* products;
  }
  const files: string[] = [];
  for await (const { file, text } of writeBackFiles(channel, all(), { mode: "append", leaveOut: () => {} }, limit)) {
    files[file] = (files[file] ?? "") + text;
  }
  return files.map((text) => text.replace(/\r\n$/, "").split("\r\n"));
}

it("separates and quotes cells as the channel's importer reads them", async () => {
  const product = exportProduct("A", { cells: { "Product ID": "7" } }, ["main", "back"]);
  const [main, back] = [exportUrl("A", "main"), exportUrl("A", "back")];
  expect((await written("prestashop", [product]))[0]![1]).toBe(`7;${main},${back};A  main,A  back;0`);
  expect((await written("magento", [product]))[0]![1]).toBe(`A,${main},"A, main",${main},${main},${back}`);
  expect((await written("google", [product]))[0]![1]).toBe(`A\t${main}\t${back}\t`);
});

it("begins a new file, with the header again, before one is too large, and keeps a product's rows together", async () => {
  const products = Array.from({ length: 40 }, (_, index) => exportProduct(`S-${index}`, {}, ["main", "detail"]));
  const files = await written("shopify", products, 2_000);
  expect(files.length).toBeGreaterThan(3);
  for (const [header, first] of files) {
    expect(header).toMatch(/^URL handle,/);
    expect(first).toContain("main");
  }
  expect(files.flatMap((rows) => rows.slice(1)).length).toBe(80);
});

it("writes nothing when nothing has changed", async () => {
  expect(await written("shopify", [])).toEqual([]);
});
