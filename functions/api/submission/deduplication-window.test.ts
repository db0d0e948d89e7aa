import { expect, it } from "vitest";
import { isWithinWindow } from "./deduplication-window.ts";

const now = 1_000_000;
const request = { receivedAt: now, windowMs: 60_000, hearsLostConnections: true };

it("counts from the response, and leaves a request that began before it an order of its own", () => {
  const answered = (agoMs: number) => ({ at: now - agoMs - 60_000, answeredAt: now - agoMs });
  const repeats = [0, 1, 59_999, 60_000, -1].map((agoMs) => isWithinWindow(request, answered(agoMs)));
  expect(repeats).toEqual([true, true, true, false, false]);
});

it("takes a request a second after one under way for its repetition only where lost connections go unheard", () => {
  const unanswered = (agoMs: number) => ({ at: now - agoMs, answeredAt: undefined });
  const deaf = { ...request, hearsLostConnections: false };
  const repeats = [999, 1_000, 900_000, 960_000].map((agoMs) => isWithinWindow(deaf, unanswered(agoMs)));
  expect(repeats).toEqual([false, true, true, false]);
  expect(isWithinWindow(request, unanswered(5_000))).toBe(false);
});
