import { bytesSource } from "../../functions/catalogue/bytes/byte-source.ts";
import { openCatalogue } from "../../functions/catalogue/open-catalogue.ts";
import { CatalogueError } from "../../functions/catalogue/problems/catalogue-problem.ts";
import { openProducts } from "../../functions/catalogue/products/open-products.ts";
import { cpuMs } from "../support/cpu-ms.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { type Reader, type SampleFile, sampleFiles } from "./sample-files.ts";

export interface FuzzReport {
  readonly files: number;
  readonly read: number;
  /** By code. */
  readonly refused: { readonly [code: string]: number };
  /** What no reader may do, with the seed that shows it again. */
  readonly broken: readonly string[];
  readonly slowestMsPerMb: number;
}

/** Readers may take a second of CPU for each megabyte, and this much for small files. */
const smallFileMs = 400;
const mostMsPerMb = 1_000;

const tokens = [
  '"',
  '""',
  ",",
  ";",
  "\t",
  "\n",
  "\r",
  "\r\n",
  "\0",
  "\uFEFF",
  "\uFFFD",
  "=",
  "'",
  "sep=;\n",
  "#",
  "合计,",
  "Note:",
  ...[
    "<",
    ">",
    "</row>",
    "<row>",
    "<c>",
    '<c r="XFD1048576"><v>1</v></c>',
    '<row r="-1">',
    "<!DOCTYPE x [",
    "<![CDATA[",
    "&lt;",
    "&x;",
  ],
  ...[
    "{",
    "}",
    "[",
    "]",
    "\\",
    "1e999",
    "9".repeat(40),
    "sku",
    "id",
    "handle",
    "__proto__",
    "constructor",
    "hasOwnProperty",
  ],
];

/**
 * Random files, each made of a good one by a few changes, from parts and from bytes: every one must be read or refused
 * by a typed error, in time.
 *
 * @param until - tells when to stop
 * @param reader - for files of this reader only
 */
export async function fuzzReaders(
  seed: number,
  until: (files: number) => boolean,
  reader?: Reader,
): Promise<FuzzReport> {
  const samples = sampleFiles.filter((sample) => reader === undefined || sample.reader === reader);
  const refused: { [code: string]: number } = {};
  const broken: string[] = [];
  let [files, read, slowest] = [0, 0, 0];
  while (!until(files)) {
    const random = seededRandom(seed + files++);
    const sample = samples[Math.floor(random() * samples.length)]!;
    const bytes = randomFile(sample, random);
    const where = `seed ${seed + files - 1} (${sample.name}, ${bytes.length} bytes)`;
    let outcome: unknown;
    const ms = await cpuMs(async () => (outcome = await readAll(bytes)));
    if (outcome === undefined) read++;
    else if (outcome instanceof CatalogueError) refused[outcome.code] = (refused[outcome.code] ?? 0) + 1;
    else broken.push(`${where}: ${outcome instanceof Error ? outcome.stack : String(outcome)}`);
    const msPerMb = Math.max(0, ms - smallFileMs) / (bytes.length / 1e6);
    slowest = Math.max(slowest, bytes.length > 100_000 ? msPerMb : 0);
    if (ms > smallFileMs + (mostMsPerMb * bytes.length) / 1e6) broken.push(`${where}: ${Math.round(ms)} ms of CPU`);
  }
  return { files, read, refused, broken, slowestMsPerMb: slowest };
}

async function readAll(bytes: Uint8Array): Promise<unknown> {
  try {
    const table = await openCatalogue(bytesSource(bytes));
    const products = await openProducts(table);
    for await (const row of products.rows()) {
      if ("product" in row && row.product.sku === "") return new Error("a product without SKU");
    }
    products.report();
    return undefined;
  } catch (error) {
    return error;
  }
}

function randomFile(sample: SampleFile, random: () => number): Uint8Array {
  const parts = [...sample.parts];
  const changes = Math.floor(random() * 5);
  for (let change = 0; change < changes; change++) {
    const index = Math.floor(random() * parts.length);
    parts[index] = changedText(parts[index]!, random);
  }
  const bytes = Buffer.from(sample.make(parts));
  const flips = random() < 0.5 ? 0 : Math.floor(random() * 6);
  for (let flip = 0; flip < flips; flip++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
  return random() < 0.1 ? bytes.subarray(0, Math.floor(random() * bytes.length)) : bytes;
}

function changedText(text: string, random: () => number): string {
  const at = Math.floor(random() * (text.length + 1));
  const to = Math.min(text.length, at + Math.floor(random() * 40));
  const token = tokens[Math.floor(random() * tokens.length)]!;
  const kind = random();
  if (kind < 0.45) return text.slice(0, at) + token + text.slice(at);
  if (kind < 0.6) return text.slice(0, at) + text.slice(to);
  if (kind < 0.75) return text.slice(0, to) + text.slice(at);
  if (kind < 0.9) return text.slice(0, at) + token.repeat(1 + Math.floor(random() * 200)) + text.slice(at);
  // A few large files, for what grows faster than they do.
  const copies = Math.floor((random() * 1_000_000) / Math.max(1, to - at + token.length));
  return text.slice(0, at) + (text.slice(at, to) + token).repeat(copies) + text.slice(at);
}
