import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { expect, it } from "vitest";
import { generatedFiles } from "./generate-api.ts";

it.each(
  generatedFiles.map((file) => [basename(file.path), file] as const),
)("%s is what the OpenAPI document and the request schema say today; else: npm run generate:sdk", async (_, {
  path,
  generate,
}) => {
  expect(readFileSync(path, "utf8")).toBe(await generate());
});
