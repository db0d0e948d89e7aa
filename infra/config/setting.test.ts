import { expect, it } from "vitest";
import { flag, list, optionalText, readTags, tagList, wholeNumber } from "./setting.ts";

it("reads what a command line and a file say", () => {
  expect(list.parse("g6.*, g5.*,")).toEqual(["g6.*", "g5.*"]);
  expect([flag.parse("false"), flag.parse(true)]).toEqual([false, true]);
  expect(wholeNumber(1, 4).parse("4")).toBe(4);
  expect(readTags("team=a=b,cost=7")).toEqual({ team: "a=b", cost: "7" });
  expect(readTags("")).toEqual({});
});

it.each([
  [wholeNumber(1, 4), "5"],
  [wholeNumber(1, 4), "1.5"],
  [flag, "yes"],
  [optionalText(/^a$/, "a"), "b"],
  [tagList, "team"],
  [tagList, "aws:team=a"],
])("refuses what a setting does not take (%#)", (accepts, text) => {
  expect(accepts.safeParse(text).success).toBe(false);
});
