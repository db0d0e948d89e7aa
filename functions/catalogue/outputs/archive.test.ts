import { crc32 } from "node:zlib";
import { beforeEach, expect, it } from "vitest";
import type { Objects } from "../../../shared/ports/objects.ts";
import { collect } from "../../../test/support/collect.ts";
import { manualClock } from "../../../test/support/manual-clock.ts";
import { createMemoryObjects } from "../../../test/support/memory-objects.ts";
import type { NamedFile, TaskResult } from "../run/task-results.ts";
import { type Archive, openArchive } from "./archive.ts";

let objects: Objects;
beforeEach(() => {
  objects = createMemoryObjects({ clock: manualClock() });
});

const fileOf = (name: string, body: Uint8Array): NamedFile => ({
  name,
  n: 1,
  key: `kept/${name}`,
  sha256: name,
  crc32: crc32(body),
  bytes: body.length,
  width: 64,
  height: 64,
  format: "png",
  seed: 5,
});

function resultOf(sku: string, files: readonly NamedFile[]): TaskResult {
  const task = { key: `${sku}#main`, sku, shot: "main", line: 2, status: "draw", version: 1, stems: [] } as const;
  return { number: 0, task, status: files.length === 0 ? "failed" : "drawn", files, charged: 0 };
}

async function open(results: readonly TaskResult[], number = 1) {
  async function* all() {
    yield* results;
  }
  return openArchive(all(), number, objects);
}

const bytesOf = async (archive: Archive, start = 0, end = archive.size - 1) =>
  Buffer.concat(await collect(archive.read(start, end)));

it("holds the images as they are stored, of more than one piece too, and a manifest of them alone", async () => {
  // Larger than what is read from the store at once, and not the same everywhere.
  const large = Buffer.from(Uint8Array.from({ length: 2_500_000 }, (_, index) => (index * 7) % 251));
  await objects.put("kept/A.png", large, { contentType: "image/png" });
  const archive = (await open([resultOf("A", [fileOf("A.png", large)]), resultOf("B", [])]))!;
  const bytes = await bytesOf(archive);
  expect(bytes.length).toBe(archive.size);
  const at = 30 + "A.png".length;
  expect(bytes.subarray(at, at + large.length).equals(large)).toBe(true);
  const manifest = bytes.subarray(at + large.length).toString();
  expect(manifest).toContain("\r\n2,A,main,1,1,drawn,");
  expect(manifest).not.toContain(",B,");
  const range = await bytesOf(archive, 999_990, 2_000_050);
  expect(range.equals(bytes.subarray(999_990, 2_000_051))).toBe(true);
});

it("begins another archive for what would be too many files or bytes, never between files of one task", async () => {
  const none = new Uint8Array(0);
  const tasks = (counts: readonly number[], bytes = 0) =>
    counts.map((count, index) =>
      resultOf(
        `T${index}`,
        Array.from({ length: count }, (_, n) => ({ ...fileOf(`T${index}_${n}.png`, none), bytes })),
      ),
    );
  const sizeOf = async (results: readonly TaskResult[], number = 1) => (await open(results, number))?.size;
  const [many, large] = [tasks([999, 2, 1]), tasks([1, 2, 1], 400_000_000)];
  expect(await sizeOf(many)).toBe(await sizeOf(many.slice(0, 1)));
  expect(await sizeOf(many, 2)).toBe(await sizeOf(many.slice(1)));
  expect(await sizeOf(many, 3)).toBeUndefined();
  for (const index of [0, 1, 2]) {
    expect(await sizeOf(large, index + 1)).toBe(await sizeOf(large.slice(index, index + 1)));
  }
  expect(await open([resultOf("A", [])])).toBeUndefined();
});

it("has one digest for the same files and another one for another image", async () => {
  const [one, two] = [Buffer.from("one"), Buffer.from("two")];
  const digest = async (body: Uint8Array) => (await open([resultOf("A", [fileOf("A.png", body)])]))!.digest;
  expect(await digest(one)).toBe(await digest(one));
  expect(await digest(one)).not.toBe(await digest(two));
});

it("breaks off when an image is gone", async () => {
  const archive = (await open([resultOf("A", [fileOf("A.png", Buffer.from("one"))])]))!;
  await expect(bytesOf(archive)).rejects.toThrow("an image is gone: kept/A.png");
});
