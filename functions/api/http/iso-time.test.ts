import { expect, it } from "vitest";
import { isoTime, isoTimeOrNull } from "./iso-time.ts";

it("writes UTC with milliseconds, and null for no time", () => {
  expect(isoTime(1_700_000_000_001)).toBe("2023-11-14T22:13:20.001Z");
  expect([isoTimeOrNull(0), isoTimeOrNull(undefined)]).toEqual(["1970-01-01T00:00:00.000Z", null]);
});
