import { expect, it } from "vitest";
import { sizeToDraw } from "./size-to-draw.ts";

it.each([
  [128, 96, 128, 96],
  [130, 100, 128, 96],
  [4000, 3000, 2048, 1536],
  [30, 60, 64, 128],
  [1080, 1920, 1088, 1920],
  [9000, 10, 2048, 64],
])("%d×%d is drawn as %d×%d", (width, height, newWidth, newHeight) => {
  expect(sizeToDraw({ width, height })).toEqual({ width: newWidth, height: newHeight });
});
