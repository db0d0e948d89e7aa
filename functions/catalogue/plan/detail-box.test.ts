import { expect, it } from "vitest";
import { detailBox } from "./detail-box.ts";

const names = new Map([["detail_box", "Detail box"]]);
const product = (cell?: string) => ({
  index: 0,
  line: 7,
  sku: "A",
  fields: {},
  cells: Object.fromEntries(cell === undefined ? [] : [["Detail box", cell]]),
});

it.each([
  ["10,20,30,40", { x: 0.1, y: 0.2, width: 0.3, height: 0.4 }],
  ["0% 0% 12.5% 100%", { x: 0, y: 0, width: 0.125, height: 1 }],
  ["", { x: 0.325, y: 0.325, width: 0.35, height: 0.35 }],
  [undefined, { x: 0.325, y: 0.325, width: 0.35, height: 0.35 }],
])("reads %j", (cell, box) => {
  expect(detailBox(product(cell), names)).toEqual(box);
});

it("goes by the shot where the cell is empty, or there is no such column", () => {
  const ofShot = { x: 0, y: 0, width: 0.5, height: 0.5 };
  expect(detailBox(product(""), names, ofShot)).toBe(ofShot);
  expect(detailBox(product("10,20,30,40"), new Map(), ofShot)).toBe(ofShot);
});

it.each(["10,20,30", "70,0,40,40", "a,b,c,d", "10,20,0,40", "-1,0,10,10"])("refuses %j", (cell) => {
  expect(() => detailBox(product(cell), names)).toThrow(
    expect.objectContaining({ code: "detail_box_invalid", message: expect.stringContaining("line 7") }),
  );
});
