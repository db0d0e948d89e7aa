import { expect, it } from "vitest";
import { toBfloat16 } from "./bfloat16.ts";

/** bfloat16 of the float32 with these bits. */
const rounded = (bits: number) => toBfloat16(new Float32Array(Uint32Array.of(bits).buffer))[0];

it.each([
  ["below the middle", 0x3f807fff, 0x3f80],
  ["above the middle", 0x3f808001, 0x3f81],
  ["in the middle, to the even neighbour below", 0x3f808000, 0x3f80],
  ["in the middle, to the even neighbour above", 0x3f818000, 0x3f82],
  ["negative", 0xbf808001, 0xbf81],
  ["the largest float32, to infinity", 0x7f7fffff, 0x7f80],
  ["infinity", 0x7f800000, 0x7f80],
])("rounds a value %s", (_, bits, half) => expect(rounded(bits)).toBe(half));

it.each([0x7f800001, 0x7fffffff, 0xffffffff])("keeps a NaN one: %i", (bits) => {
  const half = rounded(bits)!;
  expect((half & 0x7f80) === 0x7f80 && (half & 0x7f) !== 0).toBe(true);
});

it("reads values that lie within a larger buffer", () => {
  expect([...toBfloat16(Float32Array.of(0, 1, 2).subarray(1))]).toEqual([0x3f80, 0x4000]);
});
