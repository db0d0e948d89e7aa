import { expect, it } from "vitest";
import { decodeFloat8 } from "./float8.ts";

// Worked by hand from the bits: sign, exponent, mantissa.
it.each([
  ["F8_E4M3", 0b0_0000_000, 0],
  ["F8_E4M3", 0b0_0000_001, 2 ** -9],
  ["F8_E4M3", 0b0_0111_000, 1],
  ["F8_E4M3", 0b1_1000_100, -3],
  ["F8_E4M3", 0b0_1111_110, 448],
  ["F8_E4M3", 0b0_1111_111, Number.NaN],
  ["F8_E5M2", 0b0_00000_01, 2 ** -16],
  ["F8_E5M2", 0b0_01111_00, 1],
  ["F8_E5M2", 0b1_10000_10, -3],
  ["F8_E5M2", 0b0_11110_11, 57_344],
  ["F8_E5M2", 0b1_11111_00, Number.NEGATIVE_INFINITY],
  ["F8_E8M0", 127, 1],
  ["F8_E8M0", 130, 8],
  ["F8_E8M0", 255, Number.NaN],
] as const)("reads the %s byte %i as %f", (dtype, byte, value) => {
  expect(decodeFloat8(dtype, Uint8Array.of(byte))[0]).toBe(value);
});
