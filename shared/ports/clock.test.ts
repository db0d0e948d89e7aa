import { expect, it } from "vitest";
import { systemClock } from "./clock.ts";

it("wakes at once, without an error, when the signal aborts", async () => {
  const aborting = new AbortController();
  const sleeping = systemClock.sleep(60_000, aborting.signal);
  aborting.abort();
  expect(await sleeping).toBeUndefined();
  expect(await systemClock.sleep(60_000, AbortSignal.abort())).toBeUndefined();
});

it("sleeps as long as it was asked to", async () => {
  const before = performance.now();
  await systemClock.sleep(20);
  // A timer may fire a millisecond early.
  expect(performance.now() - before).toBeGreaterThanOrEqual(19);
});
