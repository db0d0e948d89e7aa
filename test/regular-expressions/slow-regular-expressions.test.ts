import { expect, it } from "vitest";
import { slowRegularExpressions } from "./slow-regular-expressions.ts";

it.each([
  ["a repetition inside a repetition", "/^(a+)+$/", "exponential"],
  ["adjacent repetitions of the same characters", "/^\\s*=*\\s*$/", "quadratic"],
  ["what once read base64", "/^[A-Za-z0-9+/]*=*[A-Za-z0-9+/=]*$/", "quadratic"],
  ["an end without a beginning", '"x".replace(/=+$/, "")', "quadratic"],
  ["a text given to RegExp", 'new RegExp("^(\\\\w+)*$")', "exponential"],
  ["a call of RegExp without new", 'RegExp("(a*)*b")', "exponential"],
])("refuses %s", (_, code, growth) => {
  expect(slowRegularExpressions("a.ts", `const x = ${code};`)).toContainEqual(expect.stringContaining(growth));
});

it("refuses an expression that is built when it runs", () => {
  expect(slowRegularExpressions("a.ts", "\nnew RegExp(text);")).toEqual([
    expect.stringContaining("a.ts:2: a regular expression that is built when it runs"),
  ]);
});

it.each([
  "/^[a-z]+=[0-9]+$/",
  "/(?<!\\/)\\/+$/",
  "/^\\w{1,64}$/u",
  "/[0-9a-f]{32}/v",
  '"/^(a+)+$/"',
])("takes %s", (code) => {
  expect(slowRegularExpressions("a.ts", `const x: unknown = ${code};`)).toEqual([]);
});
