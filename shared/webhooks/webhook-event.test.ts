import { expect, it } from "vitest";
import { isFleeting, wantsEvent } from "./webhook-event.ts";

it.each([
  [[], "job.succeeded", true],
  [[], "balance.low", true],
  [[], "job.started", false],
  [[], "job.progress", false],
  [["job.progress"], "job.progress", true],
  [["job.failed"], "job.succeeded", false],
] as const)("lets the filter %j hear of %s: %s", (filter, type, wanted) => {
  expect(wantsEvent(filter, type)).toBe(wanted);
});

it("sends progress once, and everything else until it arrives", () => {
  expect([isFleeting("job.progress"), isFleeting("job.succeeded")]).toEqual([true, false]);
});
