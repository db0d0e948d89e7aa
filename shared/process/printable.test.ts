import { expect, it } from "vitest";
import { printable } from "./printable.ts";

it.each([
  ["shop 红色 🍎", "shop 红色 🍎"],
  ["a\u001b[2Jb\n", "a\\u001b[2Jb\\u000a"],
  ["a\u009bb\u202eb", "a\\u009bb\\u202eb"],
])("prints %j as %j", (text, shown) => {
  expect(printable(text)).toBe(shown);
});
