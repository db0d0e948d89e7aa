import { expect, it } from "vitest";
import { readHeader } from "./read-header.ts";

/** The beginning of a safetensors file. @param length - that its first eight bytes claim */
function file(header: string | Uint8Array, length?: bigint): Uint8Array {
  const text = Buffer.from(header);
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(length ?? BigInt(text.length));
  return Buffer.concat([start, text]);
}

const tensor = { dtype: "F32", shape: [4, 2], data_offsets: [0, 32] };

it("reads shapes, and the metadata that is text", () => {
  const header = readHeader(file(JSON.stringify({ a: tensor, __metadata__: { x: "1", y: 2 } })))!;
  expect([...header.tensors]).toEqual([["a", { shape: [4, 2] }]]);
  expect([...header.metadata]).toEqual([["x", "1"]]);
});

it("reads a header that lies within a larger buffer", () => {
  const whole = Buffer.concat([Buffer.from("before"), file(JSON.stringify({ a: tensor }))]);
  expect(readHeader(whole.subarray("before".length))?.tensors.size).toBe(1);
});

it.each([
  ["too few bytes", new Uint8Array(7)],
  ["a length beyond the bytes", file("{}", 3n)],
  ["an absurd length", file("{}", 2n ** 63n)],
  ["no JSON", file("{")],
  ["no UTF-8", file(new Uint8Array([0xff, 0xff]))],
  ["a list", file("[]")],
  ["a tensor without a shape", file('{"a":{"dtype":"F32"}}')],
  ["a tensor that is none", file('{"a":1}')],
])("gives nothing for %s", (_, bytes) => expect(readHeader(bytes)).toBeUndefined());
