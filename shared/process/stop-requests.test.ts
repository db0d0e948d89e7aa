import { expect, it } from "vitest";
import { sameRequestMs, stopRequests } from "./stop-requests.ts";

it("takes signals that follow the first at once for the same request, and later ones for another", () => {
  let now = 100;
  const heard: string[] = [];
  const listener = stopRequests({ first: () => heard.push("first"), again: () => heard.push("again") }, () => now);
  for (const at of [100, 101, 100 + sameRequestMs - 1]) {
    now = at;
    listener();
  }
  expect(heard).toEqual(["first"]);
  now = 100 + sameRequestMs;
  listener();
  listener();
  expect(heard).toEqual(["first", "again", "again"]);
});
