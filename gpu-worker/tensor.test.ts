import { expect, it } from "vitest";
import { elementCount, tensor, zeros } from "./tensor.ts";

it("counts elements, one in a scalar and none where an axis is empty", () => {
  expect([elementCount([]), elementCount([2, 3]), elementCount([2, 0])]).toEqual([1, 6, 0]);
  expect(zeros([2, 3]).data).toEqual(new Float32Array(6));
});

it("holds no other number of values than its shape says", () => {
  expect(() => tensor(new Float32Array(5), [2, 3])).toThrow("tensor of shape [2,3] needs 6 values, got 5");
});
