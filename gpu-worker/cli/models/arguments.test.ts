import { expect, it } from "vitest";
import { UsageError } from "../../../shared/process/command-line.ts";
import { parseModelsArguments } from "./arguments.ts";

it.each([
  ["convert --model a --to int8-rows --out b", { verb: "convert", modelDir: "a", to: "int8-rows", outDir: "b" }],
  ["convert --model a --to int4 --out b", { verb: "convert", modelDir: "a", to: "int4", outDir: "b" }],
  ["info a", { verb: "info", model: "a" }],
  ["pull z-image", { verb: "pull", model: "z-image", from: "huggingface" }],
  [
    "pull z-image-turbo --from modelscope --mirror https://m --revision v1 --only tokenizer,vae --dir d",
    {
      verb: "pull",
      model: "z-image-turbo",
      from: "modelscope",
      mirror: "https://m",
      revision: "v1",
      only: ["tokenizer", "vae"],
      dir: "d",
    },
  ],
  ["list", { verb: "list" }],
  ["verify a --dir d", { verb: "verify", model: "a", dir: "d" }],
  ["push a --bucket b --as c", { verb: "push", model: "a", bucket: "b", as: "c" }],
  ["remove a", { verb: "remove", model: "a" }],
  ["--help", { verb: "help" }],
  ["convert --help", { verb: "help" }],
])("reads %s", (line, expected) => {
  expect(parseModelsArguments(line.split(" "))).toEqual(expected);
});

it.each([
  ["", "expected a verb, pull, forms, convert, push, list, verify, remove, info, got nothing"],
  ["shrink a", "expected a verb, pull, forms, convert, push, list, verify, remove, info, got shrink"],
  ["convert --to int8-rows --out b", "--model is missing"],
  ["convert --model a --to int8-rows", "--out is missing"],
  ["convert --model a --out b", "--to must be one of bf16, int8, int4, int8-convrot, int8-rows, got nothing"],
  ["convert --model a --out b --to int2", "--to must be one of bf16, int8, int4, int8-convrot, int8-rows, got int2"],
  ["convert a --model a --out b --to int8-rows", "convert takes options alone, got a"],
  ["convert --model a --frm b", "Unknown option '--frm'"],
  ["info", "info takes one model"],
  ["info a b", "info takes one model"],
  ["pull flux", "pull takes one of z-image-turbo, z-image, got flux"],
  ["pull z-image --from hub", "--from must be huggingface or modelscope, got hub"],
  ["push a", "--bucket is missing"],
  ["list --only vae", "list takes no --only"],
  ["info a --out b", "info takes no --out"],
])("refuses %j", (line, message) => {
  expect(() => parseModelsArguments(line.split(" ").filter(Boolean))).toThrow(UsageError);
  expect(() => parseModelsArguments(line.split(" ").filter(Boolean))).toThrow(message);
});
