import { expect, it } from "vitest";
import { markFilled } from "./mark-filled.ts";

const shown = (prompt: string, values: string[]) =>
  markFilled(prompt, values)
    .map(({ text, filled }) => (filled ? `[${text}]` : text))
    .join("");

it.each([
  ["a red teapot on oak", ["teapot", "red"], "a [red] [teapot] on oak"],
  ["a shredded red thing", ["red"], "a shredded [red] thing"],
  ["手工皮革手提包，棕色，放在桌上", ["手工皮革手提包", "棕色"], "[手工皮革手提包]，[棕色]，放在桌上"],
  ["a red teapot", ["red teapot", "red"], "a [red teapot]"],
  ["a big x & y", ["<b>big</b>\n x"], "a [big x] & y"],
  ["plain", ["", "  "], "plain"],
])("marks what came from the product in %j", (prompt, values, expected) => {
  expect(shown(prompt, values)).toBe(expected);
});
