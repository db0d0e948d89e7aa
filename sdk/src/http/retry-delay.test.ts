import { expect, it } from "vitest";
import type { Problem } from "../api.ts";
import { ApiError, ConnectionError, JobError, TimeoutError } from "../errors.ts";
import { retryDelayMs } from "./retry-delay.ts";

const first = { attempt: 1, maxRetries: 4, repeatable: "always", random: 0 } as const;

function answered(
  status: number,
  { retryAfterMs, retryable = true }: { retryAfterMs?: number; retryable?: boolean } = {},
) {
  return new ApiError({ detail: "x", retryable } as Problem, { status, retryAfterMs });
}

it("doubles from half a second to eight, less up to a quarter by chance", () => {
  const delays = [1, 2, 3, 4, 5, 6].map((attempt) => retryDelayMs(answered(503), { ...first, attempt, maxRetries: 6 }));
  expect(delays).toEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000]);
  expect(retryDelayMs(answered(503), { ...first, random: 1 })).toBe(375);
});

it("waits as long as it is asked to, but not for minutes", () => {
  expect(retryDelayMs(answered(429, { retryAfterMs: 7_000 }), first)).toBe(7_000);
  expect(retryDelayMs(answered(429, { retryAfterMs: 100 }), first)).toBe(500);
  expect(retryDelayMs(answered(429, { retryAfterMs: 61_000 }), first)).toBeUndefined();
});

it("makes no more attempts than allowed", () => {
  expect(retryDelayMs(answered(503), { ...first, attempt: 4 })).toBeDefined();
  expect(retryDelayMs(answered(503), { ...first, attempt: 5 })).toBeUndefined();
  expect(retryDelayMs(answered(503), { ...first, maxRetries: 0 })).toBeUndefined();
});

it.each([
  [answered(400), false, false],
  [answered(402), false, false],
  [answered(408), true, false],
  [answered(409), false, false],
  [answered(422), false, false],
  [answered(429), true, true],
  [answered(429, { retryable: false }), false, false],
  [answered(500), true, false],
  [answered(502), true, false],
  [answered(503), true, false],
  [answered(504), true, false],
  [new ConnectionError("gone"), true, false],
  [new TimeoutError("slow"), true, false],
  [new TypeError("a bug"), false, false],
  [new JobError({ id: "job_1", status: "expired", error: null } as JobError["job"]), false, false],
])("%s: repeated always %s, where only a refusal may be repeated %s", (error, always, refused) => {
  expect(retryDelayMs(error, first) !== undefined).toBe(always);
  expect(retryDelayMs(error, { ...first, repeatable: "refused" }) !== undefined).toBe(refused);
});
