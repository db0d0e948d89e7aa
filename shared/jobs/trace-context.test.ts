import { expect, it } from "vitest";
import { newTraceparent, parseTraceparent, traceIdOf } from "./trace-context.ts";

const id = "0af7651916cd43dd8448eb211c80319c";
const given = `00-${id}-b7ad6b7169203331-01`;

it("passes on what it was given", () => {
  expect(parseTraceparent(given)).toBe(given);
  expect(traceIdOf(given)).toBe(id);
});

it.each([
  undefined,
  "",
  `${given}-more`,
  given.toUpperCase(),
  `ff-${id}-b7ad6b7169203331-01`,
  `00-${"0".repeat(32)}-b7ad6b7169203331-01`,
  `00-${id}-${"0".repeat(16)}-01`,
])("takes %j for no trace", (header) => {
  expect(parseTraceparent(header)).toBeUndefined();
  expect(traceIdOf(header)).toBeUndefined();
});

it("begins traces that others take, each another", () => {
  const [one, two] = [newTraceparent("req_1"), newTraceparent("req_2")];
  expect(parseTraceparent(one)).toBe(one);
  expect(traceIdOf(one)).not.toBe(traceIdOf(two));
});
