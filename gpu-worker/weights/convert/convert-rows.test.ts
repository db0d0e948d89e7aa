import { expect, it } from "vitest";
import { InvalidFileError } from "../../../shared/errors.ts";
import { float32Tensor } from "../../../test/support/engine/run-graph.ts";
import { bytesTensor, storedTensors } from "../../../test/support/engine/stored-tensors.ts";
import { encodeQ4, encodeQ8 } from "../../../test/support/weights/gguf-file.ts";
import type { StoredTensor } from "../formats/safetensors.ts";
import { rotateGroups } from "../forms/hadamard.ts";
import { type ConvertRowsJob, convertRows } from "./convert-rows.ts";
import { dequantizeBlocks, quantizeBlocks } from "./quantize-blocks.ts";
import { dequantizeRows } from "./quantize-rows.ts";
import type { Encoding } from "./tensor-plan.ts";

const width = 32;
/** Rows of whole numbers −8..7 whose scale of 4 bits is 1, and of 8 bits with 127 in them. */
const fourBits = Float32Array.from({ length: 3 * width }, (_, i) => (i % width === 0 ? -8 : (i % 16) - 8));
const eightBits = Float32Array.from({ length: 3 * width }, (_, i) => (i % width === 0 ? 127 : i - 40));
const { tensors } = storedTensors({
  w: float32Tensor([3, width], [...eightBits]),
  half: bytesTensor("F16", [3, 2], Float16Array.of(1, 2, 3, 4, 5, 6).buffer as ArrayBuffer),
  q4: bytesTensor("U8", [3 * 18], encodeQ4(fourBits)),
  q8: bytesTensor("U8", [3 * 34], encodeQ8(eightBits)),
  bad: float32Tensor([1, width], [Number.NaN, ...new Array<number>(width - 1).fill(0)]),
});
const stored = (name: string, more: Partial<StoredTensor> = {}) => ({ ...tensors.get(name)!, ...more });
const job = (source: StoredTensor, encoding: Encoding, rows: Partial<ConvertRowsJob> = {}) =>
  convertRows({ name: "w", source, encoding, firstRow: 1, rows: 2, width, ...rows });
const floats = (bytes: Uint8Array) => new Float32Array(Uint8Array.from(bytes).buffer);

it("copies the bytes of some rows", () => {
  const [bytes] = job(stored("half"), { kind: "copy" }, { width: 2 });
  expect([...new Float16Array(Uint8Array.from(bytes!).buffer)]).toEqual([3, 4, 5, 6]);
});

it("writes floats of 32 bits as they are, and of 16 rounded", () => {
  expect(floats(job(stored("w"), { kind: "float", dtype: "F32" })[0]!)).toEqual(eightBits.slice(width));
  const [brain] = job(stored("half"), { kind: "float", dtype: "BF16" }, { width: 2, rows: 1 });
  expect([...brain!]).toEqual([0x40, 0x40, 0x80, 0x40]); // 3 and 4
});

it("quantises blocks with a scale each", () => {
  const [packed, scales] = job(stored("w"), { kind: "blocks", bits: 8 });
  expect(packed!.length).toBe(2 * width);
  const expected = quantizeBlocks(eightBits.slice(width), 8, 32);
  expect([packed, floats(scales!)]).toEqual([expected.packed, expected.scales]);
});

it("rotates rows before it rounds them", () => {
  const [codes, scales] = job(stored("w"), { kind: "rotated", group: 16 });
  const values = dequantizeRows(new Int8Array(Uint8Array.from(codes!).buffer), floats(scales!));
  rotateGroups(values, 16);
  const step = Math.max(...floats(scales!));
  const off = values.map((value, i) => Math.abs(value - eightBits[width + i]!));
  expect(Math.max(...off)).toBeLessThanOrEqual(2 * step); // half a step of each of sixteen values, rotated
  expect(floats(scales!)).toHaveLength(2);
});

it.each<[string, 4 | 8, Float32Array]>([
  ["q4", 4, fourBits],
  ["q8", 8, eightBits],
])("repacks the codes of %s without a loss", (name, bits, values) => {
  const source = stored(name, { shape: [3, width], ggml: bits === 4 ? "Q4_0" : "Q8_0" });
  const [packed, scales] = job(source, { kind: "repack", bits });
  expect(dequantizeBlocks(packed!, floats(scales!), bits, 32)).toEqual(values.slice(width));
});

it("names the tensor whose values are not finite, for quantised forms", () => {
  for (const encoding of [
    { kind: "blocks", bits: 4 },
    { kind: "rotated", group: 16 },
  ] as const) {
    const convert = () => job(stored("bad"), encoding, { firstRow: 0, rows: 1 });
    expect(convert).toThrow(InvalidFileError);
    expect(convert).toThrow("model.safetensors: tensor w: expected finite values; the file is damaged");
  }
});
