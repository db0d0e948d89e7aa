import { expect, it } from "vitest";
import { checkReceive, checkSend, checkVisibility, maxDelayMs, sendableReason } from "./queue-rules.ts";

it.each([
  ["an empty body", "", 0, "must be 1 to 262144 bytes, got 0"],
  ["a body too large in bytes", "ü".repeat(131_073), 0, "got 262146"],
  ["a control character", "ab\u0001", 0, "U+0001 (at 2)"],
  ["half a surrogate pair", "\ud800", 0, "U+d800 (at 0)"],
  ["U+FFFF", "\uffff", 0, "U+ffff"],
  ["a delay too long", "a", maxDelayMs + 1, "delayMs must be 0 to 900000, got 900001"],
  ["a delay that is no number", "a", Number.NaN, "delayMs"],
])("does not send %s", (_, body, delayMs, message) => expect(() => checkSend(body, { delayMs })).toThrow(message));

it("sends everything that SQS carries", () => {
  expect(() => checkSend("\t\n\r ü😀\ufffd", { delayMs: maxDelayMs })).not.toThrow();
});

it.each(["", "a b", "x".repeat(129)])("does not send to the group %j", (group) => {
  expect(() => checkSend("a", { group })).toThrow("a group must be 1 to 128 letters, digits");
});

it.each([
  [{ max: 0, visibilityMs: 1 }, "max must be 1 to 10"],
  [{ max: 11, visibilityMs: 1 }, "max must be 1 to 10"],
  [{ max: 1.5, visibilityMs: 1 }, "max must be a whole number"],
  [{ visibilityMs: 0 }, "visibilityMs must be 1 to 43200000"],
  [{ visibilityMs: 1, waitMs: 20_001 }, "waitMs must be 0 to 20000"],
])("does not receive with %j", (options, message) => expect(() => checkReceive(options)).toThrow(message));

it("may give a message back at once", () => {
  expect(() => checkVisibility(0)).not.toThrow();
  expect(() => checkVisibility(43_200_001)).toThrow("visibilityMs must be 0 to 43200000");
});

it("mends a reason for the dead-letter queue", () => {
  expect(sendableReason("a\u0000b\ud800")).toBe("a\u{fffd}b\u{fffd}");
  expect(sendableReason("x".repeat(2_000))).toHaveLength(1_000);
  expect(sendableReason("")).toBe("no reason given");
});
