import { expect, it } from "vitest";
import { gridShape, indexAfterKey, layoutSections, topOf, visibleSpans } from "./grid-layout.ts";

/** Two days of 5 and 4 images in rows of 3; a row is 110 px, a heading 40, and 16 lie between the days. */
const layout = layoutSections([5, 4], { columns: 3, cell: 100, gap: 10, headHeight: 40 });

it("fills the width with whole columns", () => {
  expect(gridShape(1_200, "M")).toEqual({ columns: 7, cell: 164, gap: 8, headHeight: 40 });
  expect(gridShape(328, "M")).toMatchObject({ columns: 3, gap: 4 });
});

it("places days under each other", () => {
  expect(layout.height).toBe(40 + 210 + 16 + 40 + 210);
  expect([topOf(layout, 0), topOf(layout, 4), topOf(layout, 5), topOf(layout, 8)]).toEqual([40, 150, 306, 416]);
});

it("tells what lies between two heights, in whole rows", () => {
  expect(visibleSpans(layout, 0, 60)).toEqual([{ section: 0, from: 0, to: 3 }]);
  expect(visibleSpans(layout, 160, 320)).toEqual([
    { section: 0, from: 3, to: 5 },
    { section: 1, from: 5, to: 8 },
  ]);
});

it.each([
  ["ArrowRight", 4, 5],
  ["ArrowLeft", 0, 0],
  ["ArrowDown", 2, 4],
  ["ArrowDown", 4, 6],
  ["ArrowUp", 7, 4],
  ["ArrowUp", 1, 1],
  ["End", 0, 8],
  ["Home", 7, 0],
  ["Tab", 3, undefined],
])("%s leads from %i to %s", (key, from, to) => {
  expect(indexAfterKey(layout, from, key)).toBe(to);
});
