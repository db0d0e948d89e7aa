import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";
import { CatalogueRuns } from "../../../test/support/api/catalogue-runs.ts";
import { runResultPaths } from "./openapi-run-results.ts";

interface Operation {
  readonly requestBody?: { readonly required: boolean };
  readonly responses: { readonly 200: { readonly content: object } };
}

const paths = runResultPaths() as { readonly [path: string]: { readonly get?: Operation; readonly post?: Operation } };
const runPaths = Object.entries(paths).filter(([path]) => path.startsWith("/v1/runs/{id}/"));

let api: ApiUnderTest;
let runId: string;
beforeAll(async () => {
  api = await openApi();
  const shots = [{ id: "main", method: "draw", size: "64x64", prompt: "a {{title}}", format: "png" }];
  const rows = [{ sku: "S-0", title: "cup" }];
  runId = (await new CatalogueRuns(api).finished({ source: { rows }, shots })).id;
});
afterAll(() => api.close());

const at = (path: string) => path.replace("{id}", runId).replace("{number}", "1");

it.each(
  runPaths.flatMap(([path, { get }]) => (get ? [[path, get] as const] : [])),
)("GET %s responds with the described type", async (path, { responses }) => {
  const response = await api.request("GET", at(path));
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")!.split(";")[0]).toBe(Object.keys(responses[200].content)[0]);
});

it.each(
  runPaths.flatMap(([path, { post }]) => (post ? [[path, post.requestBody!.required] as const] : [])),
)("POST %s refuses a missing body: %s", async (path, required) => {
  expect((await api.request("POST", at(path))).status).toBe(required ? 415 : 200);
});
