import { describe, expect, it } from "vitest";
import { assertImportable, hasValidForm, hintOf, newKeyValue } from "./key-value.ts";

const key = newKeyValue();
/** The key with one character after its prefix replaced by another one of the alphabet. */
const misspelt = (at: number) => key.slice(0, at) + (key[at] === "a" ? "b" : "a") + key.slice(at + 1);

describe("a new key", () => {
  it("is zk_live_ and 38 letters and digits, never the same twice", () => {
    expect(key).toMatch(/^zk_live_[0-9A-Za-z]{38}$/);
    expect(newKeyValue()).not.toBe(key);
  });

  it("has a checksum that finds every misspelt character", () => {
    expect(hasValidForm(key)).toBe(true);
    for (let at = "zk_live_".length; at < key.length; at++)
      expect(hasValidForm(misspelt(at)), misspelt(at)).toBe(false);
  });
});

it.each([
  ["sixteen-letters!", true],
  ["fifteen-letters", false],
  ["x".repeat(512), true],
  ["x".repeat(513), false],
])("judges an imported key by its length alone: case %#", (value, valid) => expect(hasValidForm(value)).toBe(valid));

it.each([
  "fifteen-letters",
  "with a space in it",
  "schlüssel-mit-umlaut",
  "tab\tulated-key-value",
  "x".repeat(513),
])("does not import case %#", (value) =>
  expect(() => assertImportable(value)).toThrow(expect.objectContaining({ code: "api_key_invalid" })));

it("imports foreign keys, and its own kind only without a typing error", () => {
  for (const value of ["sk-0123456789abcdef", key]) expect(() => assertImportable(value)).not.toThrow();
  expect(() => assertImportable(misspelt(20))).toThrow("its checksum does not fit");
});

it("hints at a key without giving it away", () => {
  expect(hintOf(key)).toBe(key.slice(0, 12));
  expect(hintOf("sk-0123456789abcdef")).toBe("sk-0");
});
