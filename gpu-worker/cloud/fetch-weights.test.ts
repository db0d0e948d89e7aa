import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openEmbeddedObjects } from "../../shared/embedded/objects.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Objects, StoredObject } from "../../shared/ports/objects.ts";
import { fetchWeights } from "./fetch-weights.ts";

let root: string;
let waits: number[];
let objects: Objects;
const shard = Buffer.from(Array.from({ length: 10_000 }, (_, i) => i % 251));

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const options = { contentType: "application/octet-stream" };

async function upload(manifest: unknown = undefined): Promise<void> {
  const files = [
    { path: "transformer/model.safetensors", bytes: shard.length, sha256: sha256(shard) },
    { path: "empty.txt", bytes: 0, sha256: sha256(new Uint8Array()) },
  ];
  await objects.put("m/transformer/model.safetensors", shard, options);
  await objects.put("m/empty.txt", new Uint8Array(), options);
  await objects.put("m/manifest.json", Buffer.from(JSON.stringify(manifest ?? { files })), options);
}

const clock: Clock = {
  now: () => 0,
  async sleep(ms) {
    waits.push(ms);
  },
};

beforeEach(async () => {
  waits = [];
  root = await mkdtemp(join(tmpdir(), "fetch-weights-"));
  objects = openEmbeddedObjects(join(root, "objects"));
});
afterEach(() => rm(root, { recursive: true }));

const fetched = (from: Pick<Objects, "get" | "getRange"> = objects, parallel = 3) =>
  fetchWeights(from, "m", join(root, "model"), { partBytes: 999, parallel, clock, random: () => 0.5 });

/**
 * The store, whose answers are counted and changed: `change` is given the real answer, the number of the request and
 * the part's start.
 */
function through(change: (part: StoredObject, request: number, start: number) => StoredObject) {
  const asked: string[] = [];
  return {
    asked,
    get: (key: string) => objects.get(key),
    async getRange(key: string, start: number, end: number) {
      asked.push(`${key} ${start}`);
      const request = asked.length;
      const part = await objects.getRange(key, start, end);
      return part && change(part, request, start);
    },
  };
}
const reset = () => {
  throw Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
};
const cut = (part: StoredObject) => ({ ...part, body: part.body.subarray(0, 10) });

it("puts a file together from its parts, and fetches it once", async () => {
  await upload();
  expect(await fetched()).toBe(10_000);
  expect(await readFile(join(root, "model/transformer/model.safetensors"))).toEqual(shard);
  expect(await fetched()).toBe(0);
});

it.each([
  ["is dropped", reset, 1000],
  ["ends early without a word", cut, 500], // some bytes came: the pauses begin anew
])("asks again, after a pause, for a part whose connection %s", async (_what, mischief, lastWait) => {
  await upload();
  const store = through((part, request) => (request === 1 || request === 5 || request === 6 ? mischief(part) : part));
  expect(await fetched(store, 1)).toBe(10_000);
  expect(await readFile(join(root, "model/transformer/model.safetensors"))).toEqual(shard);
  expect(store.asked).toHaveLength(11 + 3);
  expect(waits).toEqual([500, 500, lastWait]);
});

it("gives up a part that never comes, with all that was under way, and says what failed", async () => {
  await upload();
  const failed = Promise.withResolvers<void>();
  const store = through((part, request, start) => {
    if (start > 0) return part;
    if (request === 3 + 5) failed.resolve();
    return reset();
  });
  // The others are answered when the first has failed for the last time.
  const others = async (key: string, start: number, end: number) => {
    const part = store.getRange(key, start, end);
    if (start > 0) await failed.promise;
    return part;
  };
  await expect(fetched({ ...store, getRange: others })).rejects.toMatchObject({
    code: "fetch_failed",
    retryable: true,
    message: expect.stringMatching(/^m\/transformer\/model.safetensors: read ECONNRESET, 6 times in a row; /),
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(store.asked).toHaveLength(6 + 2);
});

it("goes on with the files that an earlier fetch had whole, and keeps nothing else of it", async () => {
  const second = Buffer.from("of another shard");
  await upload({
    files: [
      { path: "transformer/model.safetensors", bytes: shard.length, sha256: sha256(shard) },
      { path: "vae/model.safetensors", bytes: second.length, sha256: sha256(second) },
    ],
  });
  await objects.put("m/vae/model.safetensors", second, options);
  await expect(fetched(through((part) => (part.key.startsWith("m/vae/") ? reset() : part)))).rejects.toThrow("RESET");
  await mkdir(join(root, "model.partial/unet"));
  await writeFile(join(root, "model.partial/vae/old.safetensors"), "x");
  const store = through((part) => part);
  expect(await fetched(store)).toBe(second.length);
  expect(store.asked).toEqual(["m/vae/model.safetensors 0"]);
  expect((await readdir(join(root, "model"), { recursive: true })).toSorted()).toEqual([
    "transformer",
    "transformer/model.safetensors",
    "vae",
    "vae/model.safetensors",
    "z-image-manifest.json",
  ]);
});

it("resumes a file with the parts that arrived, unless the manifest is another", async () => {
  await upload();
  const breakOff = () => fetched(through((part, _request, start) => (start >= 5 * 999 ? reset() : part)));
  await expect(breakOff()).rejects.toThrow("RESET");
  const store = through((part) => part);
  expect(await fetched(store)).toBe(10_000);
  expect(store.asked.map((request) => Number(request.split(" ")[1]))).toEqual([5, 6, 7, 8, 9, 10].map((i) => 999 * i));
  expect(await readFile(join(root, "model/transformer/model.safetensors"))).toEqual(shard);

  await rm(join(root, "model"), { recursive: true });
  await expect(breakOff()).rejects.toThrow("RESET");
  shard.reverse();
  await upload();
  expect(await fetched()).toBe(10_000);
  expect(await readFile(join(root, "model/transformer/model.safetensors"))).toEqual(shard);
});

it("fetches a file again that has its length and not its bytes", async () => {
  await upload();
  await mkdir(join(root, "model.partial/transformer"), { recursive: true });
  await writeFile(join(root, "model.partial/transformer/model.safetensors"), Buffer.alloc(shard.length));
  expect(await fetched()).toBe(10_000);
});

it("begins anew after a crash in the middle", async () => {
  await upload();
  await fetched();
  await writeFile(join(root, "model/z-image-manifest.json"), "{}");
  expect(await fetched()).toBe(10_000);
});

it("puts nothing in place when a byte is wrong", async () => {
  await upload();
  const damaged = Buffer.from(shard);
  damaged[5_000]! ^= 1;
  await objects.put("m/transformer/model.safetensors", damaged, options);
  await expect(fetched()).rejects.toThrow(/arrived with the sha256 .* upload it again/);
  await expect(readFile(join(root, "model/z-image-manifest.json"))).rejects.toThrow("ENOENT");
});

it.each([
  ["a path out of the folder", { files: [{ path: "../evil", bytes: 0, sha256: sha256(new Uint8Array()) }] }],
  ["no files", { files: [] }],
])("refuses a manifest with %s", async (_what, manifest) => {
  await upload(manifest);
  await expect(fetched()).rejects.toThrow("is no manifest of weights");
});

it("says what is missing", async () => {
  await expect(fetched()).rejects.toThrow("there is no m/manifest.json");
  await upload();
  for (const there of [shard.subarray(0, 9_000), shard.subarray(0, 10)]) {
    await objects.put("m/transformer/model.safetensors", there, options);
    await expect(fetched()).rejects.toThrow("is missing or shorter");
  }
  await objects.delete("m/transformer/model.safetensors");
  await expect(fetched()).rejects.toThrow("is missing or shorter");
  expect(waits).toEqual([]); // asking again would not help
});
