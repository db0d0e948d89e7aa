import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, openApi } from "../../../../test/support/api/api-under-test.ts";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await openApi();
});
afterAll(() => api.close());

it.each([
  "/v1/predictions/x/logs",
  "/v1/deployments/shop/cups",
  "/v1/models/shop/cups/versions",
  "/v1/files/rf_unknown",
])("responds to %s, of which there is nothing, in Replicate's form", async (path) => {
  const response = await api.request("GET", path);
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ status: 404, title: "Not found", detail: expect.any(String) });
});

it("leaves the files of other clients to them", async () => {
  const response = await api.request("GET", "/v1/files/file-unknown");
  expect(response.status).toBe(404);
  expect(await response.json()).not.toHaveProperty("title", "Not found");
});

it("knows its client by name before the form of an upload is read", async () => {
  const refused = async (headers: object) =>
    (await api.request("POST", "/v1/files", {}, { "content-type": "application/json", ...headers })).json();
  for (const agent of ["replicate-javascript/1.4.0", "replicate-python/1.0.7"]) {
    expect(await refused({ "user-agent": agent })).toMatchObject({ status: 415, title: expect.any(String) });
  }
  expect(await refused({ "user-agent": "OpenAI/JS 6.1.0, not replicate-javascript" })).toMatchObject({
    error: { param: "body" },
  });
});
