import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";
import { pageLimit } from "./page-query.ts";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await openApi();
});
afterAll(() => api.close());

it.each([
  [undefined, 20],
  ["1", 1],
  ["100", 100],
  ["10000", 100],
  ["007", 7],
])("takes %j for %d", (text, limit) => {
  expect(pageLimit(text, { most: 100, usual: 20 })).toBe(limit);
});

const lists = ["/v1/jobs", "/v1/runs", "/v1/batches", "/v1/files"];
const wrong = ["0", "-1", "1.5", "1e3", "x", "", "9".repeat(12)];
it.each(
  lists.flatMap((path) => wrong.map((text) => [path, text])),
)("GET %s refuses the limit %j", async (path, text) => {
  const response = await api.request("GET", `${path}?limit=${text}`);
  const body = await response.text();
  expect([response.status, body]).toEqual([400, expect.stringContaining("limit must be")]);
});

it("refuses a filter that a list of runs does not have", async () => {
  const response = await api.request("GET", "/v1/runs?status=running");
  expect([response.status, await response.json()]).toMatchObject([400, { code: "unknown_field", param: "status" }]);
});
