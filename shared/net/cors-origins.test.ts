import { expect, it } from "vitest";
import { readCorsOrigins } from "./cors-origins.ts";

it.each([
  [undefined, []],
  ["", []],
  ["*", ["*"]],
  ["https://a.example, http://localhost:5173", ["https://a.example", "http://localhost:5173"]],
])("reads %j", (text, origins) => {
  expect(readCorsOrigins(text, "CORS_ORIGINS")).toEqual(origins);
});

it.each(["a.example", "https://a.example/", "https://a.example/app", "file:///x"])("refuses %s", (text) => {
  expect(() => readCorsOrigins(text, "CORS_ORIGINS")).toThrow(/CORS_ORIGINS must be origins .* for example/);
});
