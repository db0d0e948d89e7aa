import { expect, it } from "vitest";
import { parseModelsArguments, UsageError } from "./arguments.ts";

it.each([
  ["convert --model a --to int8-rows --out b", { verb: "convert", modelDir: "a", to: "int8-rows", outDir: "b" }],
  ["info a", { verb: "info", modelDir: "a" }],
  ["--help", { verb: "help" }],
  ["convert --help", { verb: "help" }],
])("reads %s", (line, expected) => {
  expect(parseModelsArguments(line.split(" "))).toEqual(expected);
});

it.each([
  ["", "expected a verb, convert or info, got nothing"],
  ["shrink a", "expected a verb, convert or info, got shrink"],
  ["convert --to int8-rows --out b", "--model is missing"],
  ["convert --model a --to int8-rows", "--out is missing"],
  ["convert --model a --out b", "--to must be int8-rows, got nothing"],
  ["convert --model a --out b --to int2", "--to must be int8-rows, got int2"],
  ["convert a --model a --out b --to int8-rows", "convert takes options alone, got a"],
  ["convert --model a --frm b", "Unknown option '--frm'"],
  ["info", "info takes one checkpoint folder"],
  ["info a b", "info takes one checkpoint folder"],
  ["info a --out b", "info takes no --out"],
])("refuses %j", (line, message) => {
  expect(() => parseModelsArguments(line.split(" ").filter(Boolean))).toThrow(UsageError);
  expect(() => parseModelsArguments(line.split(" ").filter(Boolean))).toThrow(message);
});
