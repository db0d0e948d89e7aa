import { expect, it } from "vitest";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { isRotationGroup, rotateGroups } from "./hadamard.ts";

/** The definition: H4 ⊗ … ⊗ H4, divided by the root of its size. */
function hadamard(size: number): number[][] {
  const h4 = [
    [1, 1, 1, -1],
    [1, 1, -1, 1],
    [1, -1, 1, 1],
    [-1, 1, 1, 1],
  ];
  let matrix = [[1]];
  while (matrix.length < size)
    matrix = h4.flatMap((row) => matrix.map((inner) => row.flatMap((h) => inner.map((x) => h * x))));
  return matrix.map((row) => row.map((x) => x / Math.sqrt(size)));
}

it.each([4, 16, 64, 256])("multiplies groups of %i by the matrix of the definition", (size) => {
  const random = seededRandom(size);
  const values = Float32Array.from({ length: 2 * size }, () => 2 * random() - 1);
  const rotated = values.slice();
  rotateGroups(rotated, size);
  const h = hadamard(size);
  for (let column = 0; column < 2 * size; column++) {
    const start = column < size ? 0 : size;
    let sum = 0;
    for (let i = 0; i < size; i++) sum += values[start + i]! * h[i]![column - start]!;
    expect(rotated[column]).toBeCloseTo(sum, 5);
  }
  rotateGroups(rotated, size);
  expect(Math.max(...rotated.map((value, i) => Math.abs(value - values[i]!)))).toBeLessThan(1e-6);
});

it("takes powers of four alone", () => {
  expect([4, 16, 64, 256, 1024].every(isRotationGroup)).toBe(true);
  expect([0, 1, 2, 8, 32, 128, 255].some(isRotationGroup)).toBe(false);
  expect(() => rotateGroups(new Float32Array(8), 8)).toThrow("must be a power of 4, got 8");
  expect(() => rotateGroups(new Float32Array(6), 4)).toThrow("6 values are no whole number of groups of 4");
});
