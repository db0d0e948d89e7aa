import { expect, it } from "vitest";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { dequantizeBlocks, quantizeBlocks } from "./quantize-blocks.ts";

const random = seededRandom(8);
const noise = (count: number) => Float32Array.from({ length: count }, () => random() + random() + random() - 1.5);

function relativeError(values: Float32Array, bits: 4 | 8): number {
  const { packed, scales } = quantizeBlocks(values, bits, 32);
  const back = dequantizeBlocks(packed, scales, bits, 32);
  return Math.sqrt(
    values.reduce((sum, value, at) => sum + (value - back[at]!) ** 2, 0) /
      values.reduce((sum, value) => sum + value ** 2, 0),
  );
}

it("keeps values to a fraction of the step of their block", () => {
  expect(relativeError(noise(32 * 400), 8)).toBeLessThan(0.006);
  expect(relativeError(noise(32 * 400), 4)).toBeLessThan(0.09);
});

it("packs 4 bits with the earlier value low, and gives the largest value the code that reaches furthest", () => {
  const values = new Float32Array(32);
  values.set([8, -7, 1]);
  const { packed, scales } = quantizeBlocks(values, 4, 32);
  // 8 = −8 · −1, −7 = 7 · −1, 1 = −1 · −1; zero is code 8.
  expect([...scales]).toEqual([-1]);
  expect([...packed.slice(0, 3)]).toEqual([0x0 | (0xf << 4), 0x7 | (0x8 << 4), 0x88]);
});

it("centres 8 bits on 128", () => {
  const values = new Float32Array(32);
  values.set([127, -127, 1]);
  const { packed, scales } = quantizeBlocks(values, 8, 32);
  expect([scales[0], ...packed.slice(0, 4)]).toEqual([1, 255, 1, 129, 128]);
});

it.each([4, 8] as const)("gives zeros for zeros and for values below every scale, %d bits", (bits) => {
  const values = new Float32Array(64).fill(0, 0, 32).fill(1e-45, 32);
  const { packed, scales } = quantizeBlocks(values, bits, 32);
  expect(scales.every((scale) => scale !== 0 && Number.isFinite(scale))).toBe(true);
  expect([...dequantizeBlocks(packed, scales, bits, 32)].slice(0, 32)).toEqual(new Array(32).fill(0));
});

it("refuses values that are not finite", () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => quantizeBlocks(noise(32).fill(bad, 5, 6), 4, 32)).toThrow(RangeError);
  }
});
