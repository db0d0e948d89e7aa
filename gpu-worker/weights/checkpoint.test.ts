import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { InvalidFileError } from "../../shared/errors.ts";
import { openCheckpoint } from "./checkpoint.ts";
import { encodeSafetensors } from "./formats/write-safetensors.ts";

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "checkpoint-")));
});
afterEach(() => rmSync(folder, { recursive: true }));

function writeShard(path: string, ...names: string[]) {
  const tensors = names.map((name) => [name, { dtype: "U8" as const, shape: [1], bytes: new Uint8Array(1) }]);
  writeFileSync(path, encodeSafetensors(Object.fromEntries(tensors)));
}

function writeIndex(weightMap: unknown) {
  writeFileSync(
    join(folder, "model.safetensors.index.json"),
    typeof weightMap === "string" ? weightMap : JSON.stringify({ weight_map: weightMap }),
  );
}

it("opens a folder with one file", () => {
  writeShard(join(folder, "model.safetensors"), "a", "b");
  expect([...openCheckpoint(folder).tensors.keys()]).toEqual(["a", "b"]);
});

it("opens shards that are links out of the folder, as in a Hugging Face cache", () => {
  const snapshot = join(folder, "snapshot");
  mkdirSync(snapshot);
  for (const [name, blob] of [
    ["a", "blob1"],
    ["b", "blob2"],
  ] as const) {
    writeShard(join(folder, blob), name);
    symlinkSync(join("..", blob), join(snapshot, `${name}.safetensors`));
  }
  writeFileSync(
    join(snapshot, "model.safetensors.index.json"),
    JSON.stringify({ weight_map: { a: "a.safetensors", b: "b.safetensors" } }),
  );
  const { tensors } = openCheckpoint(snapshot);
  expect(tensors.get("a")?.file).toBe(join(folder, "blob1"));
  expect(tensors.get("b")?.file).toBe(join(folder, "blob2"));
});

it("prefers the plain file to a variant, and refuses to choose between variants", () => {
  writeShard(join(folder, "model.fp16.safetensors"), "half");
  writeShard(join(folder, "model.fp8.safetensors"), "eighth");
  expect(() => openCheckpoint(folder)).toThrow(
    "expected one .safetensors file, found model.fp16.safetensors, model.fp8.safetensors",
  );
  writeShard(join(folder, "model.safetensors"), "plain");
  expect([...openCheckpoint(folder).tensors.keys()]).toEqual(["plain"]);
});

it.each([
  ["nothing to read", undefined, "expected a .safetensors file"],
  ["an index that is not JSON", "{", "cannot be read as JSON"],
  ["an index without weight_map", "{}", "expected an object weight_map"],
  ["an empty weight_map", {}, "weight_map is empty"],
  ["a name twice", '{"weight_map":{"a":"one.safetensors","a":"two.safetensors"}}', '"a" twice'],
  ["a shard that is no string", { a: 1 }, "got 1"],
  ["a shard above the folder", { a: "../one.safetensors" }, 'got "../one.safetensors"'],
  ["a shard in a folder", { a: "sub/one.safetensors" }, 'got "sub/one.safetensors"'],
  ["an absolute shard", { a: "/etc/one.safetensors" }, 'got "/etc/one.safetensors"'],
  ["a shard of another kind", { a: "one.bin" }, 'got "one.bin"'],
  ["a missing shard", { a: "absent.safetensors" }, "absent.safetensors cannot be opened"],
  [
    "a tensor that is nowhere",
    { a: "one.safetensors", z: "one.safetensors" },
    '"z" is said to be in one.safetensors, which has no such tensor',
  ],
  [
    "a tensor in another shard",
    { a: "two.safetensors", b: "one.safetensors" },
    '"a" is said to be in two.safetensors, but it is in one.safetensors',
  ],
  [
    "a tensor in two shards",
    { a: "one.safetensors", b: "again.safetensors" },
    '"a" is in one.safetensors and again in again.safetensors',
  ],
])("refuses %s", (_, index, message) => {
  if (index !== undefined) {
    writeShard(join(folder, "one.safetensors"), "a");
    writeShard(join(folder, "two.safetensors"), "b");
    writeShard(join(folder, "again.safetensors"), "a", "b");
    writeIndex(index);
  }
  expect(() => openCheckpoint(folder)).toThrow(InvalidFileError);
  expect(() => openCheckpoint(folder)).toThrow(message);
});
