import { expect, it } from "vitest";
import { limitTexts, readLimits } from "./limit-texts.ts";

it.each([
  ["", null],
  ["0", 0],
  ["2.5", 2_500_000],
  ["2,5", 2_500_000],
  [" 10 ", 10_000_000],
  ["-1", undefined],
  ["ten", undefined],
  ["1e300", undefined],
])("reads the amount %j as %j micro-units", (cap, micro) => {
  expect(readLimits({ cap, requests: "" }).cap).toBe(micro);
});

it.each([
  ["", null],
  ["60", 60],
  ["0", undefined],
  ["1.5", undefined],
])("reads %j requests a minute as %j", (requests, count) => {
  expect(readLimits({ cap: "", requests }).requests).toBe(count);
});

it("writes limits as they are typed", () => {
  expect(limitTexts(2_500_000, null)).toEqual({ cap: "2.5", requests: "" });
});
