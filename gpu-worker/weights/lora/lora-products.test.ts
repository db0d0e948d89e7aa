import { expect, it } from "vitest";
import { added, whole } from "../../../test/support/weights/lora-file.ts";
import { hadamard, kroneckerRows, type Matrix, product, rowsOf } from "./lora-products.ts";

const matrix = (rows: number, columns: number, ...values: number[]): Matrix => ({
  rows,
  columns,
  values: () => Float32Array.from(values),
});

it("multiplies matrices", () => {
  const { rows, columns, values } = product(matrix(2, 3, 1, 2, 3, 4, 5, 6), matrix(3, 1, 1, 0, 2));
  expect([rows, columns, ...values()]).toEqual([2, 1, 7, 16]);
});

it("takes some rows, and the matrix itself where that is all of them", () => {
  const all = matrix(3, 2, 1, 2, 3, 4, 5, 6);
  const some = rowsOf(all, 1, 2);
  expect([some.rows, some.columns, ...some.values()]).toEqual([2, 2, 3, 4, 5, 6]);
  expect(rowsOf(all, 0, 3)).toBe(all);
});

it("reads values only when they are asked for", () => {
  const unread = { rows: 2, columns: 2, values: () => expect.fail("read too early") };
  product(unread, unread);
  rowsOf(unread, 1, 1);
  hadamard(unread, unread, unread, unread);
  kroneckerRows({ kind: "kronecker", left: unread, right: unread, scale: 1 }, 1, 2);
});

it("writes the elementwise product of two products as one product", () => {
  const [a1, b1] = [matrix(2, 2, 1, 2, 3, 4), matrix(2, 3, 1, 0, 2, 0, 1, 1)]; // (1 2 4) and (3 4 10)
  const [a2, b2] = [matrix(2, 2, 5, 1, 6, 0), matrix(2, 3, 1, 2, 3, 10, 0, 0)]; // (15 10 15) and (6 12 18)
  const { down, up } = hadamard(a1, b1, a2, b2);
  expect([up.rows, up.columns, down.rows, down.columns]).toEqual([2, 4, 4, 3]);
  expect([...product(up, down).values()]).toEqual([15, 20, 60, 18, 48, 180]);
});

// Six rows, of two to each row of the first factor: cuts fall between those rows and inside them.
const kronecker = {
  kind: "kronecker" as const,
  left: matrix(3, 2, 1, 2, 3, 4, 5, 6),
  right: matrix(2, 2, 1, 7, 2, 8),
  scale: 10,
};
it.each([
  [0, 6, 1],
  [2, 2, 1],
  [1, 2, 2],
  [3, 3, 2],
])("takes rows %d and the %d from there of a Kronecker product as a sum of %d", (first, count, pieces) => {
  const parts = kroneckerRows(kronecker, first, count);
  expect(parts).toHaveLength(pieces);
  expect(parts.map(whole).reduce(added)).toEqual(whole(kronecker).slice(first, first + count));
});
