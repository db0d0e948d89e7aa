import { createMiddleware } from "hono/factory";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";
import { dialects } from "../dialects/dialects.ts";
import { pageRoute } from "../page/page-route.ts";

type Node = { readonly [key: string]: unknown };
let api: ApiUnderTest;
let document: Node & {
  readonly paths: { readonly [path: string]: Node };
  readonly components: { readonly schemas: Node };
};

beforeAll(async () => {
  api = await openApi();
  const response = await api.app.request("http://api.test/openapi.json");
  document = (await response.json()) as typeof document;
});
afterAll(() => api.close());

/** Every object in the document, with its path. */
function* nodes(value: unknown, path = "#"): Generator<[string, Node]> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield [path, value as Node];
  for (const [key, member] of Object.entries(value)) yield* nodes(member, `${path}/${key}`);
}

it("is OpenAPI 3.1, for the address that it was asked at", () => {
  expect(document).toMatchObject({ openapi: "3.1.0", servers: [{ url: "http://api.test" }] });
});

/**
 * Routes of foreign APIs, which describe them; what differs here is in docs/clients. OpenAI's image generation, batches
 * and uploads are described here too.
 */
const foreign = new Set(
  dialects
    .flatMap((dialect) => dialect.routes({ authenticate: () => createMiddleware((_, next) => next()) } as never).routes)
    .map(({ path }) => path)
    .filter((path) => path !== "/v1/images/generations" && !/^\/v1\/(batches|uploads)/.test(path)),
);

it("has every route of the app, and no other", () => {
  const unlisted = new Set([
    // For browsers.
    ...pageRoute(api.dependencies as never).routes.map(({ path }) => path),
    "/docs/start.js",
    "/docs/theme.js",
    "/docs/page.css",
    "/docs/text.css",
    "/docs/:page{(?:clients/)?[^/]+\\.md}",
    "/docs/:asset",
    "/llms.txt",
  ]);
  const served = new Set(
    api.app.routes
      .filter(({ method, path }) => method !== "ALL" && !unlisted.has(path) && !foreign.has(path))
      // A last part that may be left out, such as the file name at the end of a link, is told in words.
      .map(({ method, path }) => `${method} ${path.replace(/\/:\w+\?$/, "").replace(/:(\w+)(\{[^/]*\})?/g, "{$1}")}`),
  );
  const described = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.sort()).toEqual([...served].sort());
});

it("resolves every $ref", () => {
  const refs = [...nodes(document)].flatMap(([path, { $ref }]) =>
    $ref === undefined ? [] : [[path, String($ref)] as const],
  );
  expect(refs.length).toBeGreaterThan(20);
  for (const [path, ref] of refs) {
    expect(ref, path).toMatch(/^#\/components\/schemas\//);
    expect(document.components.schemas, path).toHaveProperty([ref.split("/").at(-1) ?? ""]);
  }
});

it("names each operation once, describes its parameters, and declares those of its path", () => {
  const ids = new Set<unknown>();
  for (const [path, item] of Object.entries(document.paths)) {
    for (const operation of Object.values(item) as Node[]) {
      expect(operation.summary, path).toBeTruthy();
      expect(ids.has(operation.operationId), String(operation.operationId)).toBe(false);
      ids.add(operation.operationId);
      const parameters = (operation.parameters ?? []) as { name: string; in: string; description?: string }[];
      for (const { name, description } of parameters) {
        if (name !== "status") expect(description, `${path} ${name}`).toBeTruthy();
      }
      const inPath = parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name);
      expect(inPath).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
      for (const [status, response] of Object.entries(operation.responses as { [status: string]: Node })) {
        expect(response.description, `${path} ${status}`).toBeTruthy();
      }
    }
  }
});

it("shows the limits that validate", () => {
  expect(document.components.schemas).toMatchObject({
    JobRequest: {
      additionalProperties: false,
      required: ["prompt"],
      properties: { n: { minimum: 1, maximum: 4 }, seed: { minimum: -1 } },
      examples: [expect.anything()],
    },
    Problem: { properties: { code: { type: "string" } } },
  });
});
