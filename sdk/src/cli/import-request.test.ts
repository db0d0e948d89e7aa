import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { CommandInput, Context } from "./command.ts";
import { UsageError } from "./command.ts";
import { importFingerprint, importRequest } from "./import-request.ts";

type Values = CommandInput["values"];

let folder: string;
let table: string;
let uploads: { name: string | undefined; text: string }[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "import-"));
  table = join(folder, "autumn.csv");
  writeFileSync(table, "sku,title\nN-001,cup\n");
  uploads = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const files = {
  async upload(data: Blob, { filename }: { readonly filename?: string }) {
    uploads.push({ name: filename, text: await data.text() });
    return { id: `file-${uploads.length}` };
  },
};
const context = { client: async () => ({ files }), signal: new AbortController().signal } as unknown as Context;
const request = (values: Values) => importRequest({ values, positionals: [table] }, "print", context);
const fingerprint = (values: Values) => importFingerprint({ values, positionals: [table] });

it("uploads the table and asks for one shot by the prompt", async () => {
  expect(await request({ prompt: "a {{title}}", size: "64x64", map: ["sku=sku"], "max-cost": "2.01" })).toMatchObject({
    source: { file_id: "file-1" },
    shots: [{ id: "main", method: "draw", prompt: "a {{title}}", size: "64x64" }],
    mapping: { sku: "sku" },
    metadata: { import: "print" },
    // Whole micro-dollars, though 2.01 * 1e6 is a little less in binary.
    max_cost: 2_010_000,
    pictures: undefined,
  });
  expect(uploads).toEqual([{ name: "autumn.csv", text: "sku,title\nN-001,cup\n" }]);
});

it("uploads a ZIP of photos as it is, and a folder of them as a ZIP", async () => {
  const zip = join(folder, "photos.zip");
  writeFileSync(zip, "PK as it is");
  expect(await request({ preset: ["main_white"], pictures: zip })).toMatchObject({
    preset: ["main_white"],
    pictures: { file_id: "file-2" },
  });
  expect(uploads[1]).toEqual({ name: "photos.zip", text: "PK as it is" });
  const photos = join(folder, "photos");
  mkdirSync(photos);
  writeFileSync(join(photos, "a.png"), "pixels");
  await request({ preset: ["main_white"], pictures: photos });
  expect(uploads[3]!.name).toBe("pictures.zip");
  expect(uploads[3]!.text).toContain("a.pngpixelsPK");
});

it.each([
  [{}, "give one of --preset, --prompt and --shots"],
  [{ prompt: "a", preset: ["main_white"] }, "give one of --preset, --prompt and --shots"],
  [{ shots: "none.json" }, "--shots must be a JSON file with a list of shots: ENOENT"],
  [{ prompt: "a", "max-cost": "much" }, '--max-cost must be a number, got "much"'],
])("refuses %j before anything is uploaded", async (values, message) => {
  const refused = request(values);
  await expect(refused).rejects.toThrow(UsageError);
  await expect(refused).rejects.toThrow(message);
  expect(uploads).toEqual([]);
});

it("knows a command again by its table, its shots and its options, but for those that only follow the run", async () => {
  const shots = join(folder, "shots.json");
  writeFileSync(shots, "[1]");
  const first = await fingerprint({ shots, size: "64x64" });
  expect(await fingerprint({ size: "64x64", shots, start: true, out: "images" })).toBe(first);
  expect(await fingerprint({ shots, size: "128x64" })).not.toBe(first);
  writeFileSync(shots, "[2]");
  expect(await fingerprint({ shots, size: "64x64" })).not.toBe(first);
  writeFileSync(shots, "[1]");
  expect(await fingerprint({ shots, size: "64x64" })).toBe(first);
  writeFileSync(table, "sku,title\nN-001,mug\n");
  expect(await fingerprint({ shots, size: "64x64" })).not.toBe(first);
});

it("leaves shots that come through a pipe to the request, which reads them", async () => {
  const pipe = join(folder, "shots.pipe");
  execFileSync("mkfifo", [pipe]);
  const written = writeFile(pipe, '[{"id":"main"}]');
  await fingerprint({ shots: pipe });
  // Ends a pipe that was read before, at which the request would wait for ever.
  const ending = setTimeout(() => closeSync(openSync(pipe, "r+")), 1000);
  expect(await request({ shots: pipe })).toMatchObject({ shots: [{ id: "main" }] });
  clearTimeout(ending);
  await written;
});
