import { expect, it } from "vitest";
import { sampleOrder } from "../../../test/support/catalogue/sample-catalogue.ts";
import { collect } from "../../../test/support/collect.ts";
import { bytesSource } from "../bytes/byte-source.ts";
import { openCatalogue } from "../open-catalogue.ts";
import { effectiveShots } from "../plan/shots.ts";
import type { ReviewedResult } from "../review/reviewed-results.ts";
import type { NamedFile } from "../run/task-results.ts";
import { inputManifest } from "./input-manifest.ts";

const shots = effectiveShots(["main", "back"].map((id) => ({ id, method: "draw", prompt: "a {{title}}" })));
const added = ["main", "back"].flatMap((id) => ["file", "url", "public url", "alt"].map((part) => `${id} ${part}`));

function result(line: number, shot: string, changes: Partial<ReviewedResult> = {}, files = 1): ReviewedResult {
  const task = { key: `${line}#${shot}`, sku: "", shot, line, status: "draw", version: 1, stems: [] } as const;
  const named = Array.from({ length: files }, (_, index): NamedFile => {
    const name = `${line}_${shot}_${index + 1}.png`;
    const size = { width: 64, height: 64, format: "png", bytes: 70, crc32: 1, seed: 5 } as const;
    return { name, n: index + 1, key: `k/${name}`, sha256: "ab", ...size };
  });
  return { number: 0, task: { ...task, alt: `alt ${shot}` }, status: "drawn", files: named, charged: 0, ...changes };
}

type Options = NonNullable<Parameters<typeof inputManifest>[3]>;

async function lines(file: readonly string[], results: readonly ReviewedResult[], options?: Options) {
  async function* all() {
    yield* results;
  }
  const table = await openCatalogue(bytesSource(Buffer.from(file.join("\n"))));
  return (await collect(inputManifest(table, all(), sampleOrder({ shots }), options))).join("").split("\r\n");
}

const link = { origin: "", file: (key: string) => ({ url: `https://api.example/${key}`, expiresAt: 0 }) };

it("adds names, addresses and texts of each shot to the caller's row, which stays as it was", async () => {
  const published = { urlOf: ({ n }: NamedFile) => (n === 1 ? "https://api.example/i/1.png" : undefined) };
  const results = [result(2, "main", {}, 2), result(2, "back")];
  const [header, row, untouched, end] = await lines(["sku;title", "A;cup, red", "B; mug"], results, {
    link,
    public: published,
  });
  // A file is written back with its own delimiter.
  expect(header).toBe(`\uFEFF${["sku", "title", ...added, "image status", "image error"].join(";")}`);
  expect(row).toBe(
    [
      "A",
      "cup, red",
      "2_main_1.png, 2_main_2.png",
      "https://api.example/k/2_main_1.png, https://api.example/k/2_main_2.png",
      "https://api.example/i/1.png",
      "alt main",
      "2_back_1.png",
      "https://api.example/k/2_back_1.png",
      "https://api.example/i/1.png",
      "alt back",
      '"main: drawn; back: drawn"',
      "",
    ].join(";"),
  );
  expect(untouched).toBe(`B;" mug"${";".repeat(10)}`);
  expect(end).toBe("");
});

it("says in the row of a product what went wrong, by shot, and of a row that is none without one", async () => {
  const failed = (message: string) => ({ status: "failed", error: { code: "x", message } }) as const;
  const results = [
    result(2, "main", failed("no photo"), 0),
    result(2, "back", failed("no title"), 0),
    result(3, "", failed("line 3 has no SKU"), 0),
  ];
  const [, both, refused] = await lines(["sku,title", "A,cup", ",mug"], results);
  expect(both).toBe("A,cup,,,,,,,,,main: failed; back: failed,main: no photo; back: no title");
  expect(refused).toBe(",mug,,,,,,,,,failed,line 3 has no SKU");
});

it("gives a column another name where the file has one of this name, twice if need be", async () => {
  const [header] = await lines(["sku,main file,main file (2),image error", "A,mine,,"], []);
  const names = ["main file (3)", ...added.slice(1), "image status", "image error (2)"];
  expect(header).toBe(`\uFEFFsku,main file,main file (2),image error,${names.join()}`);
});

it("escapes formulas only where a spreadsheet will open the file", async () => {
  const file = ["sku,title", "A,=cmd()"];
  expect((await lines(file, []))[1]).toMatch(/^A,=cmd\(\),/);
  expect((await lines(file, [], { escapeFormulas: true }))[1]).toMatch(/^A,'=cmd\(\),/);
});
