import { mkdtempSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { InvalidFileError } from "../../../shared/errors.ts";
import { readTensor } from "../tensor-values.ts";
import { readSafetensors } from "./safetensors.ts";
import { encodeSafetensors } from "./write-safetensors.ts";

const folder = mkdtempSync(join(tmpdir(), "safetensors-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "model.safetensors");

function withHeader(header: string, data = new Uint8Array(0)): Uint8Array {
  const text = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

function read(bytes: Uint8Array) {
  writeFileSync(path, bytes);
  return readSafetensors(path);
}

const bytes8 = new Uint8Array(8);
const entry = (fields: object) =>
  withHeader(JSON.stringify({ w: { dtype: "F32", shape: [2], data_offsets: [0, 8], ...fields } }), bytes8);

describe("readSafetensors", () => {
  it("reads names, dtypes, shapes, offsets and metadata", () => {
    const bytes = withHeader(
      '{"__metadata__":{"format":"pt"},"b":{"dtype":"BF16","shape":[2,1],"data_offsets":[4,8]},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}  ',
      bytes8,
    );
    const file = read(bytes);
    const start = bytes.length - 8;
    expect(file.metadata).toEqual(new Map([["format", "pt"]]));
    expect(file.tensors).toEqual(
      new Map([
        ["b", { file: file.path, dtype: "BF16", shape: [2, 1], offset: start + 4, length: 4 }],
        ["a", { file: file.path, dtype: "F32", shape: [], offset: start, length: 4 }],
      ]),
    );
  });

  it.each([
    ["an empty file", new Uint8Array(0), "at least 8 bytes, got 0"],
    [
      "a header longer than the file",
      Buffer.from("ffffffffffffffff7b7d", "hex"),
      "at most 2 bytes, got 18446744073709551615",
    ],
    ["a header that the file is too short for", Buffer.from("64000000000000007b7d", "hex"), "at most 2 bytes, got 100"],
    ["a header that is not JSON", withHeader("{"), "not UTF-8 JSON"],
    ["a header that is not UTF-8", Buffer.concat([withHeader("{}"), bytes8]).fill(0xff, 8), "not UTF-8 JSON"],
    ["a header that is a list", withHeader("[]"), "must be a JSON object"],
    [
      "more tensors than a model has",
      withHeader(`{${Array.from({ length: 100_001 }, (_, i) => `"${i}":0`).join(",")}}`),
      "expected at most 100000 tensors, got 100001",
    ],
    ["a name twice", withHeader('{"w":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0077":1}'), '"w" twice'],
    ["metadata that is no object", withHeader('{"__metadata__":1}'), "__metadata__ must be an object"],
    [
      "metadata that is no string",
      withHeader('{"__metadata__":{"a":1}}'),
      '__metadata__ "a" must be a string, got number',
    ],
    ["an entry that is no object", withHeader('{"w":null}'), 'tensor "w": expected {dtype'],
    ["an unknown dtype", entry({ dtype: "F4" }), 'tensor "w": unknown dtype "F4"'],
    ["a dtype from the prototype", entry({ dtype: "toString" }), 'unknown dtype "toString"'],
    ["a negative size", entry({ shape: [-2] }), "non-negative integers, got [-2]"],
    ["a fraction", entry({ shape: [2.5] }), "non-negative integers, got [2.5]"],
    ["a size beyond 2^53", entry({ shape: [1e300] }), "non-negative integers, got [1e+300]"],
    ["a rank of nine", entry({ shape: [1, 1, 1, 1, 1, 1, 1, 1, 2] }), "at most 8"],
    ["a product beyond 2^64", entry({ shape: [2 ** 40, 2 ** 40] }), "needs 4835703278458516698824704 bytes"],
    ["no offsets", entry({ data_offsets: undefined }), "data_offsets must be two"],
    ["offsets out of order", entry({ data_offsets: [8, 0] }), "must be in order and inside the 8 data bytes"],
    ["offsets past the end", entry({ data_offsets: [0, 16] }), "must be in order and inside the 8 data bytes"],
    ["a size that does not fit the offsets", entry({ shape: [1] }), "F32 [1] needs 4 bytes, data_offsets hold 8"],
    [
      "an overlap",
      withHeader(
        '{"a":{"dtype":"U8","shape":[6],"data_offsets":[0,6]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}',
        bytes8,
      ),
      'tensor "b" overlaps',
    ],
    ["a hole", withHeader('{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}', bytes8), 'tensor "a" leaves a hole'],
    ["bytes after the last tensor", Buffer.concat([entry({}), bytes8]), "but the file has"],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => read(bytes)).toThrow(InvalidFileError);
    expect(() => read(bytes)).toThrow(message);
    expect(() => read(bytes)).toThrow(path);
  });

  it("refuses values nested deeper than the stack", () => {
    const deep = "[".repeat(200_000) + "]".repeat(200_000);
    expect(() => read(withHeader(`{"w":{"dtype":${deep}}}`))).toThrow(InvalidFileError);
  });

  it("refuses a missing file and a folder", () => {
    expect(() => readSafetensors(join(folder, "absent"))).toThrow(InvalidFileError);
    expect(() => readSafetensors(folder)).toThrow("not a regular file");
  });

  it("resolves symbolic links", () => {
    writeFileSync(path, entry({}));
    const link = join(folder, "link.safetensors");
    symlinkSync(path, link);
    expect(readSafetensors(link).tensors.get("w")?.file).toBe(readSafetensors(path).path);
  });
});

describe("reading values", () => {
  it("reports a file cut after its header was read", () => {
    const { tensors } = read(entry({}));
    truncateSync(path, statSync(path).size - 4);
    expect(() => readTensor(tensors.get("w")!)).toThrow("expected 8 bytes");
  });
});

/** Numerical Recipes' linear congruence: enough to pick mutations, and the same on every machine. */
function seededRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const hostileValues = [
  "null",
  "true",
  "-1",
  "0",
  "1e999",
  "9007199254740993",
  "0.5",
  '""',
  '"F32"',
  '"F99"',
  "[]",
  "{}",
  "[[[[]]]]",
  "[0,0]",
  "[8,0]",
  "[0,18446744073709551615]",
  "[4294967296,4294967296]",
  "[0,1e15]",
  '"\\ud800"',
  '{"dtype":"U8","shape":[0],"data_offsets":[0,0]}',
  '"__proto__"',
];

function mutate(valid: Uint8Array, random: (below: number) => number): Uint8Array {
  const bytes = Buffer.from(valid);
  const headerLength = Number(bytes.readBigUInt64LE());
  const header = bytes.subarray(8, 8 + headerLength).toString();
  const data = bytes.subarray(8 + headerLength);
  switch (random(7)) {
    case 0: // any byte of the header or its length
      bytes[random(8 + headerLength)] = random(256);
      return bytes;
    case 1:
      return bytes.subarray(0, random(bytes.length));
    case 2:
      return Buffer.concat([bytes, Buffer.alloc(1 + random(64))]);
    case 3:
      bytes.writeBigUInt64LE(BigInt(random(2 ** 31)) << BigInt(random(34)));
      return bytes;
    case 4: {
      // one number, string or list becomes something else
      const values = [...header.matchAll(/-?\d+|"[^"]*"|\[[^\]]*\]/g)];
      const { 0: text, index } = values[random(values.length)]!;
      const value = hostileValues[random(hostileValues.length)]!;
      return withHeader(header.slice(0, index) + value + header.slice(index + text.length), data);
    }
    case 5: {
      const from = random(header.length);
      return withHeader(header.slice(0, from) + header.slice(from + 1 + random(20)), data);
    }
    default: {
      const from = random(header.length);
      const piece = header.slice(from, from + 1 + random(80));
      const to = random(header.length);
      return withHeader(header.slice(0, to) + piece + header.slice(to), data);
    }
  }
}

it("answers 1,000 damaged files with a clear error or a sound reading", () => {
  const seed = 20260101;
  const random = seededRandom(seed);
  const valid = encodeSafetensors(
    {
      "layers.0.weight": { dtype: "F32", shape: [4, 3], bytes: new Uint8Array(48) },
      "layers.0.bias": { dtype: "BF16", shape: [4], bytes: new Uint8Array(8) },
      empty: { dtype: "I64", shape: [0, 5], bytes: new Uint8Array(0) },
      ids: { dtype: "U8", shape: [7], bytes: new Uint8Array(7) },
    },
    { format: "pt" },
  );
  let refused = 0;
  for (let round = 0; round < 1000; round++) {
    const bytes = mutate(valid, random);
    try {
      const { tensors } = read(bytes);
      // What is accepted must be readable to the last byte.
      const total = [...tensors.values()].reduce((sum, { offset, length }) => {
        expect(offset + length).toBeLessThanOrEqual(bytes.length);
        return sum + length;
      }, 0);
      expect(total).toBeLessThan(bytes.length);
    } catch (error) {
      expect(error, `seed ${seed}, round ${round}`).toBeInstanceOf(InvalidFileError);
      expect((error as Error).message.length, `seed ${seed}, round ${round}`).toBeLessThan(1000);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(800);
});
