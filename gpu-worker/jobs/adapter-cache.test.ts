import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createMemoryObjects } from "../../test/support/memory-objects.ts";
import { AdapterCache, type StoredAdapter } from "./adapter-cache.ts";

let folder: string;
let objects: ReturnType<typeof createMemoryObjects>;
let reads: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cache-"));
  objects = createMemoryObjects({ clock: { now: () => 0 } });
  reads = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

const counting = () => ({
  get: (key: string) => {
    reads++;
    return objects.get(key);
  },
});

async function store(id: string, ...parts: string[]): Promise<StoredAdapter> {
  for (const [index, part] of parts.entries()) {
    await objects.put(`adapters/acc/${id}/${index}`, Buffer.from(part), { contentType: "application/octet-stream" });
  }
  const sha256 = createHash("sha256").update(parts.join("")).digest("hex");
  return { accountId: "acc", id, sha256, parts: parts.length };
}

it("puts the parts together, and reads them once", async () => {
  const adapter = await store("a", "one ", "two ", "three");
  const cache = new AdapterCache(join(folder, "below"), counting());
  const path = await cache.path(adapter);
  expect(readFileSync(path, "utf8")).toBe("one two three");
  expect(await cache.path({ ...adapter, id: "same file of another" })).toBe(path);
  expect(reads).toBe(3);
});

it("deletes what was used longest ago when the files take too much", async () => {
  const cache = new AdapterCache(folder, objects, 10);
  const [a, b, c] = [await store("a", "aaaaa"), await store("b", "bbbbb"), await store("c", "ccccc")];
  const first = await cache.path(a);
  utimesSync(await cache.path(b), 1, 1);
  await cache.path(a);
  await cache.path(c);
  const names = readdirSync(folder);
  expect(names).toHaveLength(2);
  expect(names).toContain(first.split("/").at(-1));
  expect(names).not.toContain(`${b.sha256}.safetensors`);
});

it("fails a job whose adapter was deleted or is damaged, and leaves nothing on the disk", async () => {
  const cache = new AdapterCache(folder, objects);
  const adapter = await store("a", "one");
  await expect(cache.path({ ...adapter, parts: 2 })).rejects.toMatchObject({
    code: "adapter_missing",
    retryable: false,
  });
  await expect(cache.path({ ...adapter, sha256: "0".repeat(64) })).rejects.toMatchObject({ code: "adapter_damaged" });
  expect(readdirSync(folder)).toEqual([]);
});
