import { expect, it } from "vitest";
import { defectShare } from "./defect-share.ts";

// Bounds worked out with the formula of Wilson (1927) at z = 1.96.
it.each([
  [200, 3, 0.0051, 0.0432],
  [200, 0, 0, 0.0188],
  [10, 10, 0.7225, 1],
  [1, 0, 0, 0.7935],
])("of %i that were looked at, %i rejected: %f to %f", (lookedAt, rejected, low, high) => {
  const share = defectShare(lookedAt, rejected)!;
  expect(share).toMatchObject({ looked_at: lookedAt, rejected });
  expect(share.low).toBeCloseTo(low, 4);
  expect(share.high).toBeCloseTo(high, 4);
});

it("says nothing while nobody has looked", () => {
  expect(defectShare(0, 0)).toBeNull();
});
