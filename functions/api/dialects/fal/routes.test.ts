import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi } from "../../../../test/support/api/api-under-test.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const input = { prompt: "a teapot", image_size: { width: 64, height: 64 } };
const queue = "https://queue.fal.run/fal-ai/z-image/turbo";

it("takes the same request by proxy header and by path", async () => {
  const proxied = await api.request("POST", "/fal/proxy", input, { "x-fal-target-url": queue });
  expect(await proxied.json()).toMatchObject({ status: "IN_QUEUE" });
  const direct = await api.request("POST", "/fal/queue/fal-ai/z-image/turbo", input);
  expect(await direct.json()).toMatchObject({ status: "IN_QUEUE" });
  const { jobs } = await api.jobs.list({ accountId: api.account.id, limit: 3 });
  expect(jobs.map(({ params }) => params.prompt)).toEqual(["a teapot", "a teapot"]);
});

it.each([
  ["POST", "/fal/rest/storage/other", "there is no POST /storage/other on fal's rest address"],
  ["PUT", "/fal/rest/storage/other", "there is no PUT /storage/other on fal's rest address"],
])("answers %s %s with 404 in fal's form", async (method, path, message) => {
  const response = await api.request(method, path, method === "GET" ? undefined : input);
  expect([response.status, await response.json()]).toEqual([
    404,
    { detail: message, message, code: "route_not_found" },
  ]);
});

it.each([
  ["/fal/proxy", { "x-fal-target-url": queue }],
  ["/fal/run/fal-ai/z-image/turbo", {}],
])("asks for a key on %s", async (path, headers) => {
  const response = await api.request("POST", path, input, { ...headers, authorization: "Key wrong" });
  expect([response.status, await response.json()]).toMatchObject([401, { code: "unauthorized" }]);
  expect((await api.jobs.list({ accountId: api.account.id, limit: 1 })).jobs).toEqual([]);
});
