import { resolve } from "node:path";
import { expect, it } from "vitest";
import { environmentOfParts, partsOfEnvironment, readParts } from "./part-options.ts";

const fail = (message: string) => new Error(message);

it("reads paths and the family, and gives them to a worker through its environment", () => {
  const parts = readParts({ "text-encoder": "q.gguf", tokenizer: "/t", family: "base" }, fail);
  expect(parts).toEqual({ textEncoder: resolve("q.gguf"), tokenizer: "/t", family: "base" });
  expect(partsOfEnvironment(environmentOfParts(parts), fail)).toEqual(parts);
  expect(environmentOfParts(parts)).toEqual({ TEXT_ENCODER: resolve("q.gguf"), TOKENIZER: "/t", FAMILY: "base" });
  expect(() => readParts({ family: "edit" }, fail)).toThrow("--family must be turbo or base, got edit");
});
