import { describe, expect, it } from "vitest";
import { bucketSizes, nearestBucket } from "./bucket-sizes.ts";

describe("bucket sizes", () => {
  it("are worked out by hand for 64 × 64 pixels", () => {
    // 48 · 80 = 3840, 64 · 64, 80 · 48; 32 · 128 is four times as long as wide.
    expect(bucketSizes({ pixels: 4096 })).toEqual([
      { width: 48, height: 80 },
      { width: 64, height: 64 },
      { width: 80, height: 48 },
    ]);
  });

  it("keep sides, pixels and ratio within bounds, and include the square", () => {
    const sizes = bucketSizes({ pixels: 1024 * 1024 });
    for (const { width, height } of sizes) {
      expect([width % 16, height % 16]).toEqual([0, 0]);
      expect(width * height).toBeLessThanOrEqual(1024 * 1024);
      expect(Math.max(width / height, height / width)).toBeLessThanOrEqual(2);
    }
    expect(sizes).toContainEqual({ width: 1024, height: 1024 });
    expect(new Set(sizes.map(({ height }) => height)).size).toBe(sizes.length);
  });

  it("hold one size where only the square is wanted", () => {
    expect(bucketSizes({ pixels: 128 * 128, maxAspectRatio: 1 })).toEqual([{ width: 128, height: 128 }]);
  });

  it("refuse fewer pixels than one step squared", () => {
    expect(() => bucketSizes({ pixels: 255 })).toThrow("allow more pixels");
  });

  it("are chosen by shape", () => {
    const sizes = bucketSizes({ pixels: 4096 });
    expect(nearestBucket({ width: 4000, height: 3000 }, sizes)).toBe(2); // 1.33 lies nearer to 1.67 than to 1, by ratio
    expect(nearestBucket({ width: 100, height: 99 }, sizes)).toBe(1);
    expect(nearestBucket({ width: 10, height: 900 }, sizes)).toBe(0);
    const twice = [{ width: 32, height: 32 }, ...sizes];
    expect(nearestBucket({ width: 50, height: 50 }, twice)).toBe(2);
  });
});
