import { expect, it } from "vitest";
import { InvalidInputError } from "../errors.ts";
import { UsageError } from "./command-line.ts";
import { wholeNumber } from "./whole-number.ts";

it.each([
  ["0", 0],
  ["007", 7],
  ["100", 100],
])("reads %j", (text, value) => {
  expect(wholeNumber("--n", text, { min: 0, max: 100 })).toBe(value);
});

it.each(["", " 5", "-1", "101", "2.5", "1e1", "0x10", "٣", "five"])("refuses %j", (text) => {
  const read = () => wholeNumber("--n", text, { min: 0, max: 100 });
  expect(read).toThrow(UsageError);
  expect(read).toThrow(`--n must be a whole number from 0 to 100, got ${JSON.stringify(text)}`);
});

it("takes no number that a double cannot hold", () => {
  expect(wholeNumber("--n", "9007199254740991", { min: 1 })).toBe(Number.MAX_SAFE_INTEGER);
  expect(() => wholeNumber("--n", "9007199254740992", { min: 1 })).toThrow("of at least 1");
});

it("throws the caller's error, with its hint", () => {
  const error = (message: string) => new InvalidInputError("invalid_config", message);
  expect(() => wholeNumber("PORT", "x", { min: 0, hint: "; for example 8787", error })).toThrow(
    expect.objectContaining({
      code: "invalid_config",
      message: 'PORT must be a whole number of at least 0, got "x"; for example 8787',
    }),
  );
});
