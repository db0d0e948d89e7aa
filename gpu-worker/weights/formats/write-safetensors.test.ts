import { expect, it } from "vitest";
import { encodeSafetensors, safetensorsHeader } from "./write-safetensors.ts";

const headerOf = (bytes: Uint8Array) => {
  const length = Number(Buffer.from(bytes).readBigUInt64LE());
  return {
    length,
    text: Buffer.from(bytes)
      .subarray(8, 8 + length)
      .toString(),
  };
};

it("puts values back to back after a header that is filled up to a multiple of eight", () => {
  const bytes = encodeSafetensors({
    a: { dtype: "U8", shape: [3], bytes: Uint8Array.of(1, 2, 3) },
    "b.é": { dtype: "F16", shape: [1], bytes: Uint8Array.of(4, 5) },
  });
  const { length, text } = headerOf(bytes);
  expect(length % 8).toBe(0);
  expect(JSON.parse(text)).toEqual({
    a: { dtype: "U8", shape: [3], data_offsets: [0, 3] },
    "b.é": { dtype: "F16", shape: [1], data_offsets: [3, 5] },
  });
  expect([...bytes.subarray(8 + length)]).toEqual([1, 2, 3, 4, 5]);
});

it("writes metadata first, and none where there is none", () => {
  const entries = [{ name: "a", dtype: "U8", shape: [0], length: 0 }] as const;
  expect(Object.keys(JSON.parse(headerOf(safetensorsHeader(entries, { format: "pt" })).text))).toEqual([
    "__metadata__",
    "a",
  ]);
  expect(headerOf(safetensorsHeader(entries)).text).not.toContain("__metadata__");
});

it("refuses two tensors of one name, and one of the metadata's", () => {
  const entry = { name: "a", dtype: "U8", shape: [0], length: 0 } as const;
  expect(() => safetensorsHeader([entry, entry])).toThrow("two tensors are called a");
  expect(() => safetensorsHeader([{ ...entry, name: "__metadata__" }], { format: "pt" })).toThrow("__metadata__");
});
