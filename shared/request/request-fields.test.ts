import { expect, it } from "vitest";
import * as z from "zod";
import { requestFields, valueOfText } from "./request-fields.ts";

it("reads kind, limits and description from a schema, also of fields that may be null or have a default", () => {
  const schema = z
    .strictObject({
      words: z.string().describe("Some words."),
      steps: z.int().min(1).max(9).nullish().describe("Whole."),
      share: z.number().gt(0).max(1).default(1),
      on: z.boolean().optional(),
      how: z.enum(["a", "b"]).nullable(),
      curve: z.array(z.number()).optional(),
      list: z.array(z.object({ id: z.string() })),
    })
    .meta({ id: "RequestFieldsTest" });
  expect(requestFields(schema)).toEqual([
    { name: "words", kind: "text", description: "Some words." },
    { name: "steps", kind: "whole", description: "Whole.", minimum: 1, maximum: 9 },
    { name: "share", kind: "number", description: "", above: 0, maximum: 1 },
    { name: "on", kind: "switch", description: "" },
    { name: "how", kind: "choice", description: "", choices: ["a", "b"] },
    { name: "curve", kind: "numbers", description: "" },
    { name: "list", kind: "json", description: "" },
  ]);
});

it.each([
  ["number", "0.5", 0.5],
  ["number", " ", " "],
  ["number", "Infinity", "Infinity"],
  ["whole", "2.5", 2.5],
  ["whole", "two", "two"],
  ["switch", "true", true],
  ["switch", "false", false],
  ["switch", "yes", "yes"],
  ["numbers", "1, 0.5,0.25", [1, 0.5, 0.25]],
  ["numbers", "[1,0.5]", [1, 0.5]],
  ["numbers", "1,x", "1,x"],
  ["json", '[{"id":"ink"}]', [{ id: "ink" }]],
  ["json", "ink", "ink"],
  ["text", "7", "7"],
  ["choice", "true", "true"],
] as const)("takes the text of a %s, %j, for %j", (kind, text, value) => {
  expect(valueOfText(kind, text)).toEqual(value);
});
