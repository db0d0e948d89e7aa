import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { generateApi, generatedFile } from "../generate-api.ts";

it("is what the OpenAPI document says today; else: npm run generate:sdk", async () => {
  expect(readFileSync(generatedFile, "utf8")).toBe(await generateApi());
});
