import { describe, expect, it } from "vitest";
import { paceOf } from "./client-pace.ts";
import type { EarlierRequest } from "./client-retry.ts";
import { repetitionRule, type UnmarkedRequest } from "./repetition-rule.ts";

const now = 1_000_000;
const request: UnmarkedRequest = {
  receivedAt: now,
  deduplicationWindowS: null,
  seedGiven: false,
  pace: undefined,
  hasArrived: (connection) => connection === "b",
  hearsLostConnections: true,
};

/** An equal request that was answered so long ago, in ms. */
function answered(agoMs: number, more: Partial<EarlierRequest> = {}): EarlierRequest {
  const at = now - agoMs;
  return { at: at - 60_000, answeredAt: at, attached: 0, lastAnsweredAt: at, connection: "a", seen: false, ...more };
}

const ai = paceOf("ai/7.0.173 ai-sdk/openai/4.0.118")!;
const fal = paceOf("@fal-ai/client/1.10.1")!;
const replicate = paceOf("replicate-javascript/1.4.0")!;

describe("a client's own pace", () => {
  it.each([
    ["ai", ai, 0, [1_950, 3_000], [1_949, 3_001]],
    ["ai, the second time", ai, 1, [3_950, 5_000], [2_000, 5_001]],
    ["fal", fal, 0, [325, 2_250], [324, 2_251]],
    ["fal, the third time", fal, 2, [1_450, 6_000], [1_449, 6_001]],
    ["replicate", replicate, 0, [0, 1_000], [-1, 1_001]],
    ["replicate, the fifth time", replicate, 4, [0], [1_001]],
    ["ai, the third time", ai, 2, [], [0, 2_000, 4_000, 8_000]],
  ])("of %s", (_, pace, attached, inside, outside) => {
    const isRepeated = repetitionRule({ ...request, pace })!;
    expect(inside.map((ms) => isRepeated(answered(ms, { attached })))).toEqual(inside.map(() => true));
    expect(outside.map((ms) => isRepeated(answered(ms, { attached })))).toEqual(outside.map(() => false));
  });

  it.each([
    ["whose job somebody has looked at", { seen: true }],
    ["whose answer has arrived", { connection: "b" }],
    ["whose connection is not the client's own", { connection: undefined }],
    ["not answered yet", { answeredAt: undefined, lastAnsweredAt: undefined }],
  ])("is nothing against a request %s", (_, more) => {
    const isRepeated = repetitionRule({ ...request, pace: ai })!;
    expect([isRepeated(answered(2_000)), isRepeated(answered(2_000, more))]).toEqual([true, false]);
  });

  it("counts from the last answer, also with a seed", () => {
    const isRepeated = repetitionRule({ ...request, pace: ai, seedGiven: true })!;
    expect(isRepeated(answered(20_000, { attached: 1, lastAnsweredAt: now - 4_000 }))).toBe(true);
  });

  it("is unknown of clients that mark what they send again, and of those nobody has observed", () => {
    expect(paceOf("OpenAI/JS 7.57.0")).toBeUndefined();
    expect(paceOf("openai/1 (maintained by ai)")).toBeUndefined();
    expect(paceOf(undefined)).toBeUndefined();
    expect(repetitionRule(request)).toBeUndefined();
  });
});

describe("a deduplication window", () => {
  it("takes every equal request without a seed, whoever sends it", () => {
    const windowed = { ...request, deduplicationWindowS: 60 };
    const isRepeated = repetitionRule(windowed)!;
    const earlier = [0, 1, 59_999, 60_000, -1].map((ms) => answered(ms, { seen: true, connection: "b" }));
    expect(earlier.map(isRepeated)).toEqual([true, true, true, false, false]);
    expect(repetitionRule({ ...windowed, seedGiven: true })).toBeUndefined();
  });

  it("takes what began a second after one under way, where nobody hears of lost connections", () => {
    const unanswered = (agoMs: number) => ({ ...answered(0), at: now - agoMs, answeredAt: undefined });
    const windowed = { ...request, deduplicationWindowS: 60 };
    const deaf = repetitionRule({ ...windowed, hearsLostConnections: false })!;
    expect([999, 1_000, 900_000, 960_000].map((ms) => deaf(unanswered(ms)))).toEqual([false, true, true, false]);
    expect(repetitionRule(windowed)!(unanswered(5_000))).toBe(false);
  });

  it("of 0 takes nothing, at no pace", () => {
    expect(repetitionRule({ ...request, deduplicationWindowS: 0, pace: ai })).toBeUndefined();
  });
});
