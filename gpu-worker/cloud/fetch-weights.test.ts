import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openEmbeddedObjects } from "../../shared/embedded/objects.ts";
import type { Objects } from "../../shared/objects.ts";
import { fetchWeights } from "./fetch-weights.ts";

let root: string;
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

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "fetch-weights-"));
  objects = openEmbeddedObjects(join(root, "objects"));
});
afterEach(() => rm(root, { recursive: true }));

const fetched = (partBytes = 999) => fetchWeights(objects, "m", join(root, "model"), { partBytes, parallel: 3 });

it("puts a file together from its parts, and fetches it once", async () => {
  await upload();
  expect(await fetched()).toBe(10_000);
  expect(await readFile(join(root, "model/transformer/model.safetensors"))).toEqual(shard);
  expect(await fetched()).toBe(0);
});

it("begins anew after a crash in the middle", async () => {
  await upload();
  await fetched();
  await writeFile(join(root, "model/.manifest"), "{}");
  expect(await fetched()).toBe(10_000);
});

it("puts nothing in place when a byte is wrong", async () => {
  await upload();
  const damaged = Buffer.from(shard);
  damaged[5_000]! ^= 1;
  await objects.put("m/transformer/model.safetensors", damaged, options);
  await expect(fetched()).rejects.toThrow(/has SHA-256 .* its manifest says/);
  await expect(readFile(join(root, "model/.manifest"))).rejects.toThrow("ENOENT");
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
  await objects.delete("m/transformer/model.safetensors");
  await expect(fetched()).rejects.toThrow("is missing or shorter");
});
