import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi, submitJob } from "../../../test/support/api/api-under-test.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const refusals = () =>
  api.logged.flatMap((line) => {
    const [, level, fields] = /^(\w+) request refused (.*)$/.exec(line) ?? [];
    return fields === undefined ? [] : [{ level, ...(JSON.parse(fields) as Record<string, unknown>) }];
  });

it("says which request was refused, of which key, and why", async () => {
  const { response } = await submitJob(api, { size: "100x64" });
  const keyId = (await api.apiKeys.findKey(api.key))?.id;
  expect(refusals()).toEqual([
    {
      level: "warn",
      requestId: response.headers.get("x-request-id"),
      keyId,
      accountId: api.account.id,
      method: "POST",
      path: "/v1/jobs",
      status: 400,
      code: "invalid_size",
      param: "size",
      reason: "width must be a multiple of 16, got 100; try 96 or 112",
    },
  ]);
});

it("names a key without the scope, says nothing of an unknown one, and repeats no prompt", async () => {
  const { value } = await api.apiKeys.createKey(api.account.id, { scopes: ["jobs:read"] });
  await submitJob(api, {}, { authorization: `Bearer ${value}` });
  await submitJob(api, {}, { authorization: "Bearer a-secret-of-somebody" });
  await submitJob(api, { prompt: ["my secret"] });
  expect(refusals()).toMatchObject([
    { status: 403, code: "insufficient_scope", keyId: expect.any(String) },
    { status: 401, code: "unauthorized" },
    { status: 400, param: "prompt" },
  ]);
  expect(api.logged.join()).not.toContain("secret");
});

it("writes at most twenty lines a second, and how many it left out", async () => {
  const clock = api.clock;
  for (let i = 0; i < 50; i++) await api.request("GET", "/v1/nothing");
  const early = refusals().length;
  expect(early).toBeLessThanOrEqual(40);
  clock.advance(2_000);
  await api.request("GET", "/v1/nothing");
  expect(refusals().at(-1)).toMatchObject({ code: "route_not_found", omittedBefore: expect.any(Number) });
});
