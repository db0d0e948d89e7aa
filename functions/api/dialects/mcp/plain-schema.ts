type Schema = { readonly [keyword: string]: unknown };

/**
 * Keywords of OpenAPI's subset of JSON Schema that every model's function calls take; Gemini refuses a tool that has
 * another.
 */
const keywords: ReadonlySet<string> = new Set([
  "type",
  "description",
  "enum",
  "default",
  "nullable",
  "items",
  "minItems",
  "maxItems",
  "properties",
  "required",
  "minLength",
  "maxLength",
  "pattern",
  "minimum",
  "maximum",
  "anyOf",
]);

/** Some providers compile patterns with RE2, which has no look-around. */
const beyondRe2 = /\(\?[=!<]/;

/**
 * A tool's schema with only the keywords that every model provider takes. Requests are checked against the whole
 * schema all the same. An object with arbitrary keys gets an example key, because some refuse an object without
 * properties.
 */
export function plainSchema(schema: Schema): Schema {
  const { const: only, properties, items, anyOf, pattern, ...rest } = schema;
  const isFree = schema.type === "object" && properties === undefined;
  const plain = {
    ...rest,
    ...(only !== undefined && { enum: [only] }),
    ...(typeof pattern === "string" && !beyondRe2.test(pattern) && { pattern }),
    ...(items !== undefined && { items: plainSchema(items as Schema) }),
    ...(Array.isArray(anyOf) && { anyOf: anyOf.map((one) => plainSchema(one as Schema)) }),
    ...(properties !== undefined && { properties: plainMembers(properties as { readonly [name: string]: Schema }) }),
    ...(isFree && { properties: { label: { type: "string", description: "An example: any name is a key." } } }),
  };
  return Object.fromEntries(Object.entries(plain).filter(([keyword]) => keywords.has(keyword)));
}

function plainMembers(properties: { readonly [name: string]: Schema }): { readonly [name: string]: Schema } {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, plainSchema(schema)]));
}
