import { expect, it } from "vitest";
import { maxDeduplicationWindowS } from "../limits.ts";
import { readDeduplicationWindow } from "./deduplication-window.ts";

it.each([
  [undefined, undefined],
  ["auto", null],
  ["0", 0],
  [String(maxDeduplicationWindowS), maxDeduplicationWindowS],
])("reads %s as %s", (text, seconds) => expect(readDeduplicationWindow(text)).toBe(seconds));

it.each(["", "-1", "1.5", "5m", "1e2", String(maxDeduplicationWindowS + 1), "9999999"])("refuses %j", (text) => {
  const message = `--window must be auto or whole seconds from 0 (off) to ${maxDeduplicationWindowS}, got "${text}"`;
  expect(() => readDeduplicationWindow(text, "--window")).toThrow(message);
});
