import { expect, it } from "vitest";
import * as z from "zod";
import { componentSchemas, parameters, schemaRef } from "./openapi-schemas.ts";

it("shows no bound that every integer has, and an example of each time", () => {
  const text = JSON.stringify(componentSchemas());
  expect(text).not.toContain(String(Number.MAX_SAFE_INTEGER));
  expect(text).not.toContain(String(Number.MIN_SAFE_INTEGER));
  expect(text).toContain('"examples":["2026-01-31T12:00:00.000Z"]');
});

it("makes parameters of a schema, required where it has no default and is not optional", () => {
  const schema = z.object({ limit: z.int().optional().describe("Most jobs."), id: z.string() });
  expect(parameters("query", schema)).toMatchObject([
    { name: "limit", in: "query", required: false, description: "Most jobs." },
    { name: "id", in: "query", required: true },
  ]);
});

it("refuses a schema without a name", () => {
  expect(() => schemaRef(z.string())).toThrow("needs an id");
  expect(schemaRef(z.string().meta({ id: "TestOnlyText" }))).toEqual({ $ref: "#/components/schemas/TestOnlyText" });
});
