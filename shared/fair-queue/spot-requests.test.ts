import { expect, it } from "vitest";
import { askForSpot, isSpotMissing, lookAtSpot, noSpotRequests } from "./spot-requests.ts";

const graceMs = 100;

it("fills the oldest request first, and takes the youngest back", () => {
  const asked = askForSpot(askForSpot(noSpotRequests, 2, 0), 3, 50);
  expect(asked.open).toEqual([
    { count: 2, at: 0 },
    { count: 1, at: 50 },
  ]);
  const filled = lookAtSpot(asked, { desired: 3, running: 1 }, 60);
  expect(filled).toMatchObject({
    filledAt: 60,
    open: [
      { count: 1, at: 0 },
      { count: 1, at: 50 },
    ],
  });
  expect(askForSpot(filled, 2, 70).open).toEqual([{ count: 1, at: 0 }]);
});

it("asks anew for workers that were lost", () => {
  const up = lookAtSpot(askForSpot(noSpotRequests, 1, 0), { desired: 1, running: 1 }, 10);
  expect(up.open).toEqual([]);
  expect(lookAtSpot(up, { desired: 1, running: 0 }, 500).open).toEqual([{ count: 1, at: 500 }]);
});

it("finds no spot machines after the grace period, or three while others trickle in", () => {
  const asked = askForSpot(noSpotRequests, 2, 0);
  expect([99, 100].map((now) => isSpotMissing(asked, graceMs, now))).toEqual([false, true]);
  const trickle = { ...asked, filledAt: 250 };
  expect([299, 300].map((now) => isSpotMissing(trickle, graceMs, now))).toEqual([false, true]);
  expect(isSpotMissing(noSpotRequests, graceMs, 1_000_000)).toBe(false);
});
