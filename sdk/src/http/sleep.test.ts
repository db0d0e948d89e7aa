import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { sleep } from "./sleep.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it("ends after its time and leaves nothing behind on the signal", async () => {
  const { signal } = new AbortController();
  const remove = vi.spyOn(signal, "removeEventListener");
  const slept = sleep(1_000, signal);
  await vi.advanceTimersByTimeAsync(1_000);
  await slept;
  expect(remove).toHaveBeenCalledTimes(1);
});

it("rejects with the signal's reason, at once and without a timer left", async () => {
  const stop = new AbortController();
  const slept = sleep(1_000, stop.signal);
  stop.abort(new Error("enough"));
  await expect(slept).rejects.toThrow("enough");
  expect(vi.getTimerCount()).toBe(0);
  await expect(sleep(1_000, stop.signal)).rejects.toThrow("enough");
});
