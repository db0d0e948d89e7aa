import { expect, it } from "vitest";
import { encodeFloats } from "./encode-floats.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

it.each([
  ["float32", "0000803f0000c0bf"],
  ["float16", "003c00be"],
  ["bfloat16", "803fc0bf"],
] as const)("writes 1 and −1.5 as little-endian %s", (dtype, bytes) =>
  expect(hex(encodeFloats([1, -1.5], dtype))).toBe(bytes));

it("rounds to the nearest, ties to even", () => {
  // 1 + 2⁻⁸ lies between two bfloat16 values, 1 + 2⁻¹¹ between two of float16.
  expect(hex(encodeFloats([1 + 2 ** -8, 1 + 3 * 2 ** -8], "bfloat16"))).toBe("803f823f");
  expect(hex(encodeFloats([1 + 2 ** -11, 1 + 3 * 2 ** -11], "float16"))).toBe("003c023c");
});
