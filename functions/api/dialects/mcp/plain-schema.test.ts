import { expect, it } from "vitest";
import { plainSchema } from "./plain-schema.ts";
import { describeTools } from "./tools.ts";

/** Gemini's `Schema`. @see https://ai.google.dev/api/caching#Schema */
const geminiFields = new Set([
  "type",
  "format",
  "title",
  "description",
  "nullable",
  "enum",
  "maxItems",
  "minItems",
  "properties",
  "required",
  "minProperties",
  "maxProperties",
  "minLength",
  "maxLength",
  "pattern",
  "example",
  "anyOf",
  "propertyOrdering",
  "default",
  "items",
  "minimum",
  "maximum",
]);

type Node = { readonly [keyword: string]: unknown };

/** Every schema within a schema, with where it is. */
function* schemasIn(schema: Node, at: string): Generator<[string, Node]> {
  yield [at, schema];
  for (const [name, member] of Object.entries((schema.properties ?? {}) as { [name: string]: Node }))
    yield* schemasIn(member, `${at}.${name}`);
  if (schema.items !== undefined) yield* schemasIn(schema.items as Node, `${at}[]`);
  for (const one of (schema.anyOf ?? []) as Node[]) yield* schemasIn(one, `${at}|`);
}

it("leaves no tool with a keyword, an empty object or a pattern that Gemini refuses", async () => {
  const schemas = (await describeTools()).flatMap(({ name, inputSchema }) => [...schemasIn(inputSchema, name)]);
  expect(schemas.length).toBeGreaterThan(40);
  for (const [at, schema] of schemas) {
    expect(
      Object.keys(schema).filter((keyword) => !geminiFields.has(keyword)),
      at,
    ).toEqual([]);
    if (schema.type === "object") expect(Object.keys(schema.properties as object), at).not.toEqual([]);
    if (schema.enum !== undefined) expect(schema.type, at).toBe("string");
    expect(String(schema.pattern ?? ""), at).not.toMatch(/\(\?[=!<]/);
  }
});

it("keeps what can be said, through lists and alternatives", () => {
  const schema = {
    $schema: "x",
    type: "object",
    properties: {
      level: {
        anyOf: [
          { const: "low", type: "string" },
          { type: "number", exclusiveMinimum: 0, maximum: 1 },
        ],
      },
      sizes: { type: "array", items: { type: "string", format: "uri", pattern: "^\\d+x\\d+$" }, maxItems: 3 },
      labels: { type: "object", additionalProperties: { type: "string" } },
    },
    required: ["level"],
    additionalProperties: false,
  };
  expect(plainSchema(schema)).toEqual({
    type: "object",
    properties: {
      level: {
        anyOf: [
          { enum: ["low"], type: "string" },
          { type: "number", maximum: 1 },
        ],
      },
      sizes: { type: "array", items: { type: "string", pattern: "^\\d+x\\d+$" }, maxItems: 3 },
      labels: { type: "object", properties: { label: { type: "string", description: expect.any(String) } } },
    },
    required: ["level"],
  });
});
