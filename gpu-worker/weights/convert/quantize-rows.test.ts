import { expect, it } from "vitest";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { dequantizeRows, quantizeRows } from "./quantize-rows.ts";

it("takes each row's largest value as 127 of its steps", () => {
  const { values, scales } = quantizeRows(Float32Array.of(-254, 127, 1, 0.25, 0.5, -0.3), 3);
  expect([...values]).toEqual([-127, 64, 1, 64, 127, -76]); // 127/2 = 63.5, 0.25 · 254 = 63.5, −0.3 · 254 = −76.2
  expect([...scales]).toEqual([2, Math.fround(0.5 / 127)]);
});

it("is never off by more than half a step", () => {
  const random = seededRandom(7);
  const width = 37;
  const original = Float32Array.from({ length: 50 * width }, (_, at) => (random() - 0.5) * 10 ** (at % 9));
  const { values, scales } = quantizeRows(original, width);
  const back = dequantizeRows(values, scales);
  original.forEach((value, at) => {
    const step = scales[Math.floor(at / width)]!;
    expect(Math.abs(back[at]! - value)).toBeLessThanOrEqual(step * 0.500001);
  });
});

it("keeps rows of zeros, and of values near the smallest float32, finite", () => {
  const { values, scales } = quantizeRows(Float32Array.of(0, 0, 1e-45, 0, 3e-43, -3e-43), 2);
  // 3e-43 is 214 times the smallest float32; its scale is 2 of them, from 1.69
  expect([...values]).toEqual([0, 0, 0, 0, 107, -107]);
  expect([...scales]).toEqual([1, 1, Math.fround(2.8e-45)]);
});

it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("refuses %s", (value) => {
  expect(() => quantizeRows(Float32Array.of(1, 2, value), 3)).toThrow(new RangeError(`value 2 is ${value}`));
});
