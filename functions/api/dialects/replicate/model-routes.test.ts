import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi, turbo } from "../../../../test/support/api/api-under-test.ts";
import { versionOf } from "./model-names.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const path = "/v1/models/prunaai/z-image-turbo";
const get = async (path: string) => {
  const response = await api.request("GET", path);
  return { status: response.status, body: await response.json() };
};

it("has one version per model, wherever it is looked for", async () => {
  const id = versionOf(turbo);
  expect(await get(path)).toMatchObject({ status: 200, body: { latest_version: { id } } });
  expect(await get(`${path}/versions`)).toMatchObject({ body: { results: [{ id }], next: null } });
  expect(await get(`${path}/versions/${id}`)).toMatchObject({ status: 200, body: { id } });
});

it.each([
  ["another version", `${path}/versions/${"0".repeat(64)}`, versionOf(turbo)],
  ["another model", "/v1/models/stability-ai/sdxl", turbo.id],
  ["a version of another model", "/v1/models/stability-ai/sdxl/versions", turbo.id],
])("answers 404 for %s, and says what there is", async (_, path, named) => {
  const { status, body } = await get(path);
  expect(status).toBe(404);
  expect(JSON.stringify(body)).toContain(named);
});
