import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { InvalidFileError } from "../../../shared/errors.ts";
import { seededBytes, seededRandom } from "../../../test/support/seeded-random.ts";
import {
  encodeGguf,
  encodeQ8,
  type GgufOptions,
  type GgufTensor,
  ggufNumber,
  ggufText,
  ggufTextArray,
  u32,
  u64,
} from "../../../test/support/weights/gguf-file.ts";
import { readTensor, readTensorRows, sliceRows } from "../tensor-values.ts";
import { readGguf } from "./gguf.ts";

const folder = mkdtempSync(join(tmpdir(), "gguf-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "model.gguf");

const random = seededRandom(4);
const values = Float32Array.from({ length: 4 * 64 }, () => 2 * random() - 1);
const matrix: GgufTensor = { name: "w", shape: [4, 64], type: 8, bytes: encodeQ8(values) };
const bias: GgufTensor = { name: "b", shape: [3], type: 0, bytes: new Uint8Array(Float32Array.of(1, -2, 3).buffer) };

function written(tensors: readonly GgufTensor[] = [matrix, bias], options: GgufOptions = {}): string {
  writeFileSync(path, encodeGguf(tensors, options));
  return path;
}

it("reads metadata and tensors where they lie, quantised ones by whole rows", () => {
  const metadata = [
    ggufText("general.architecture", "lumina2"),
    ggufTextArray("tokenizer.tokens", ["a", "bc"]),
    ggufNumber("general.alignment", 64),
  ];
  const file = readGguf(written([matrix, bias], { metadata, alignment: 64 }));
  expect(file.metadata).toEqual(
    new Map<string, unknown>([
      ["general.architecture", "lumina2"],
      ["general.alignment", 64],
    ]),
  );
  expect([...readTensor(file.tensors.get("b")!)]).toEqual([1, -2, 3]);
  const w = file.tensors.get("w")!;
  expect([w.dtype, w.ggml, w.shape]).toEqual(["U8", "Q8_0", [4, 64]]);
  const all = readTensor(w);
  all.forEach((value, at) => {
    expect(Math.abs(value - values[at]!)).toBeLessThan(1 / 200);
  });
  expect([...readTensorRows(w, [3, 1])]).toEqual([...all.slice(192), ...all.slice(64, 128)]);
  expect([...readTensor(sliceRows(w, 1, 2))]).toEqual([...all.slice(64, 192)]);
});

it("passes by what files bring beside the weights: a whole tokenizer.json, arrays of arrays", () => {
  const inner = ggufTextArray("", ["a", "b"]).subarray(12); // what stands after key and type
  const nested = Buffer.concat([ggufTextArray("pairs", [], 2n).subarray(0, -12), u32(9), u64(2n), inner, inner]);
  const metadata = [
    ggufText("tokenizer.huggingface.json", "x".repeat(2_000_000)),
    nested,
    ggufText("general.name", "z"),
  ];
  const file = readGguf(written([bias], { metadata }));
  expect(file.metadata).toEqual(new Map([["general.name", "z"]]));
  expect([...readTensor(file.tensors.get("b")!)]).toEqual([1, -2, 3]);
  const deep = Buffer.concat([
    ggufTextArray("deep", [], 2n).subarray(0, -12),
    ...Array.from({ length: 9 }, () => [u32(9), u64(1n)]).flat(),
  ]);
  expect(() => readGguf(written([bias], { metadata: [deep] }))).toThrow("arrays of type 9 are not supported");
});

function halfAHeader(): string {
  truncateSync(written([{ ...bias, name: "x".repeat(100) }]), 60);
  return path;
}

it.each<[string, () => string, string]>([
  ["another kind of file", () => written([], { magic: "GGML" }), 'expected a GGUF file, got "GGML"'],
  ["a file for big-endian machines", () => written([], { version: 3 << 24 }), "big-endian"],
  ["an unknown version", () => written([], { version: 1 }), "version 2 or 3, got 1"],
  ["more tensors than any model has", () => written([], { tensorCount: 2n ** 60n }), "at most 100000 tensors"],
  ["more tensors than there are", () => written([bias], { tensorCount: 40n }), "expected 1 to 4 axes"],
  ["a tensor twice", () => written([bias, bias]), "is there twice"],
  ["metadata twice", () => written([], { metadata: [ggufText("a", "1"), ggufText("a", "2")] }), "twice"],
  [
    "an array that claims to be huge",
    () => written([], { metadata: [ggufTextArray("a", ["x"], 2n ** 62n)] }),
    "at most 100000000 items",
  ],
  [
    "an array longer than the file",
    () => written([], { metadata: [ggufTextArray("a", ["x"], 90_000_000n)] }),
    "truncated or damaged",
  ],
  [
    "an alignment that is no power of two",
    () => written([], { metadata: [ggufNumber("general.alignment", 48)] }),
    "power of two",
  ],
  [
    "a type that cannot be read",
    () => written([{ ...bias, type: 18 }]),
    "the type IQ3_XXS is not read; take a file with F32, F16",
  ],
  ["a type that nobody knows", () => written([{ ...bias, type: 250 }]), "the type number 250 is not read"],
  ["too many axes", () => written([{ ...bias, shape: [1, 1, 1, 1, 3] }]), "expected 1 to 4 axes, got 5"],
  ["a size beyond all memory", () => written([{ ...bias, shape: [2 ** 39, 2 ** 39] }]), "too large"],
  [
    "rows that are no whole blocks",
    () => written([{ ...matrix, shape: [64, 4] }]),
    "multiples of 32 values, got [64,4]",
  ],
  ["an offset that is not aligned", () => written([{ ...bias, offset: 4n }]), "must be a multiple of 32"],
  ["an offset past the end", () => written([{ ...bias, offset: 2n ** 63n }]), "inside the file"],
  ["a tensor past the end", () => written([{ ...bias, shape: [300] }]), "download it again"],
  ["tensors over each other", () => written([matrix, { ...bias, offset: 32n }]), "overlaps"],
  ["half a header", halfAHeader, "truncated or damaged"],
  ["no file", () => join(folder, "none.gguf"), "cannot be opened"],
  ["a folder", () => folder, "not a regular file"],
])("refuses %s", (_, make, message) => {
  const file = make();
  expect(() => readGguf(file)).toThrow(InvalidFileError);
  expect(() => readGguf(file)).toThrow(message);
  expect(() => readGguf(file)).toThrow(file);
});

it("answers noise with an error of its own, never with another", () => {
  for (let seed = 0; seed < 200; seed++) {
    const bytes = encodeGguf([matrix, bias], { metadata: [ggufText("a", "b"), ggufTextArray("c", ["d"])] });
    const noise = seededBytes(seed, 6);
    for (let i = 0; i < 3; i++) bytes[4 + (noise[i]! % 150)] = noise[i + 3]!;
    writeFileSync(path, bytes);
    try {
      readGguf(path);
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidFileError);
    }
  }
});
