import { expect, it } from "vitest";
import { largestToFollow, sizeToDraw } from "./size-to-draw.ts";

it.each([
  [128, 96, 128, 96],
  [130, 100, 128, 96],
  [4000, 3000, 2048, 1536],
  [30, 60, 64, 128],
  [1080, 1920, 1088, 1920],
  [9000, 10, 256, 64],
  [10, 9000, 64, 256],
  [1048, 262, 1024, 256],
])("%d×%d is drawn as %d×%d", (width, height, newWidth, newHeight) => {
  expect(sizeToDraw({ width, height })).toEqual({ width: newWidth, height: newHeight });
});

it("stays near the pixels that it is given", () => {
  expect(sizeToDraw({ width: 4000, height: 3000 }, largestToFollow(128, 128))).toEqual({ width: 288, height: 224 });
  expect(sizeToDraw({ width: 128, height: 96 }, largestToFollow(128, 128))).toEqual({ width: 128, height: 96 });
  expect(largestToFollow(1024, 1024)).toBe(2048 * 2048);
});
