import { open } from "node:fs/promises";
import { openCatalogue } from "../../functions/catalogue/open-catalogue.ts";
import { openProducts } from "../../functions/catalogue/products/open-products.ts";

/** Reads one catalogue in a process of its own, so that its memory is its own; prints what it took as JSON. */
const file = await open(process.argv[2]!);
const { size } = await file.stat();
const source = {
  bytes: size,
  async read(start: number, end: number) {
    return (await file.read(Buffer.allocUnsafe(end - start), 0, end - start, start)).buffer;
  },
};
const idleMb = process.memoryUsage().rss / 1e6;
const cpu = process.cpuUsage();
const began = performance.now();
const products = await openProducts(await openCatalogue(source));
let characters = 0;
for await (const row of products.rows()) characters += JSON.stringify(row).length;
const { user, system } = process.cpuUsage(cpu);
const { file: read, products: count } = products.report();
console.log(
  JSON.stringify({
    rows: read.records,
    products: count,
    fileMb: size / 1e6,
    characters,
    seconds: (performance.now() - began) / 1_000,
    cpuSeconds: (user + system) / 1e6,
    idleMb,
    // Kilobytes, on Linux and macOS alike.
    peakMb: process.resourceUsage().maxRSS / 1_000,
  }),
);
await file.close();
