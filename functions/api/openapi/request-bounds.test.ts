import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";

interface Schema {
  readonly [keyword: string]: unknown;
}

let api: ApiUnderTest;
beforeAll(async () => {
  api = await openApi();
});
afterAll(() => api.close());

/** Where a schema takes a text, a list, a number or an object of any size. */
function* unbounded(schema: Schema, document: Schema, at: string): Generator<string> {
  if (typeof schema.$ref === "string") {
    const name = schema.$ref.split("/").at(-1)!;
    const { schemas } = document.components as { schemas: Record<string, Schema> };
    return yield* unbounded(schemas[name]!, document, `${at}(${name})`);
  }
  for (const way of ["anyOf", "oneOf", "allOf"] as const) {
    for (const [i, part] of ((schema[way] ?? []) as Schema[]).entries()) {
      yield* unbounded(part, document, `${at}/${i}`);
    }
  }
  const has = (...keywords: string[]) => keywords.some((keyword) => schema[keyword] !== undefined);
  const types = [schema.type ?? []].flat() as string[];
  if (types.includes("string") && !has("maxLength", "enum", "const", "pattern") && schema.format !== "binary") yield at;
  // Whole numbers are bounded by what a double holds exactly, which OpenAPI texts leave out.
  if (types.includes("number")) {
    if (!has("maximum", "exclusiveMaximum", "enum", "const")) yield `${at} (no maximum)`;
    if (!has("minimum", "exclusiveMinimum", "enum", "const")) yield `${at} (no minimum)`;
  }
  if (types.includes("array")) {
    if (!has("maxItems")) yield `${at}[]`;
    yield* unbounded((schema.items ?? {}) as Schema, document, `${at}[]`);
  }
  for (const [name, part] of Object.entries((schema.properties ?? {}) as Record<string, Schema>)) {
    yield* unbounded(part, document, `${at}.${name}`);
  }
}

// Addresses and headers are bounded by the HTTP server.
it("bounds every text, list and number of a documented request body", async () => {
  const document = (await (await api.app.request("/openapi.json")).json()) as Schema;
  const found: string[] = [];
  let bodies = 0;
  for (const [path, item] of Object.entries(document.paths as Record<string, Record<string, Schema>>)) {
    for (const [method, operation] of Object.entries(item)) {
      const { requestBody } = operation as { requestBody?: { content: Record<string, { schema: Schema }> } };
      for (const { schema } of Object.values(requestBody?.content ?? {})) {
        bodies++;
        found.push(...unbounded(schema, document, `${method} ${path} body`));
      }
    }
  }
  expect(bodies).toBeGreaterThan(5);
  expect([...new Set(found)]).toEqual([]);
});
