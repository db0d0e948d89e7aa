import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openApi, submitJob } from "../../../test/support/api/api-under-test.ts";
import { openPaidApi, type PaidApi } from "../../../test/support/api/paid-api.ts";

let api: PaidApi;
beforeEach(async () => {
  api = await openPaidApi();
});
afterEach(() => api.close());

describe("/v1/keys", () => {
  it("makes a key, shown once, limited, rotated and revoked", async () => {
    const made = await api.ask("POST", "/v1/keys", {
      name: "shop",
      scopes: ["usage:read"],
      limits: { monthly_cap: 5 },
    });
    expect(made).toMatchObject({
      status: 201,
      body: { name: "shop", limits: { monthly_cap: 5, max_open_jobs: null } },
    });
    const { id, value } = made.body;
    expect((await api.ask("GET", "/v1/balance", undefined, value)).status).toBe(200);
    expect((await api.ask("GET", "/v1/keys", undefined, value)).status, "not in its scopes").toBe(403);
    expect(JSON.stringify((await api.ask("GET", "/v1/keys")).body)).not.toContain(value);
    const changed = await api.ask("PATCH", `/v1/keys/${id}`, { limits: { monthly_cap: null, max_open_jobs: 3 } });
    expect(changed.body.limits).toEqual({ requests_per_minute: null, max_open_jobs: 3, monthly_cap: null });
    expect([made.body.deduplication_window_s, changed.body.deduplication_window_s]).toEqual([null, null]);
    const windowed = await api.ask("PATCH", `/v1/keys/${id}`, { deduplication_window_s: 900 });
    expect(windowed.body).toMatchObject({ deduplication_window_s: 900, limits: { max_open_jobs: 3 } });
    expect((await api.ask("PATCH", `/v1/keys/${id}`, { deduplication_window_s: 901 })).status).toBe(400);
    const automatic = await api.ask("PATCH", `/v1/keys/${id}`, { deduplication_window_s: null });
    expect(automatic.body.deduplication_window_s).toBeNull();
    await api.ask("PATCH", `/v1/keys/${id}`, { deduplication_window_s: 900 });
    const rotated = await api.ask("POST", `/v1/keys/${id}/rotate`, { overlap_s: 60 });
    expect(rotated.body.deduplication_window_s, "kept by a rotation").toBe(900);
    expect(rotated.body).toMatchObject({ id, previous_value_until: new Date(api.clock.now() + 60_000).toISOString() });
    expect((await api.ask("POST", `/v1/keys/${id}/rotate`)).status, "a body may be left out").toBe(200);
    expect((await api.ask("DELETE", `/v1/keys/${id}`)).body.revoked_at).not.toBeNull();
    api.clock.advance(6_000);
    expect((await api.ask("GET", "/v1/balance", undefined, rotated.body.value)).status).toBe(401);
    expect((await api.ask("GET", "/v1/keys/key_nobody")).body.code).toBe("key_not_found");
  });

  it("gives nobody more than they have", async () => {
    const { value } = await api.apiKeys.createKey(api.payer.id, { scopes: ["keys:admin"] });
    expect((await api.ask("POST", "/v1/keys", { scopes: ["jobs:write"] }, value)).status).toBe(403);
    expect((await api.ask("POST", `/v1/keys/${api.payer.keyId}/rotate`, {}, value)).status).toBe(403);
    expect((await api.ask("POST", "/v1/keys", { scopes: ["accounts:admin"] })).status, "not even *").toBe(403);
    expect((await api.ask("POST", "/v1/keys", {}, value)).body.scopes).toEqual(["keys:admin"]);
    const other = await api.newPayer(0);
    expect((await api.ask("DELETE", `/v1/keys/${other.keyId}`)).status, "somebody else's").toBe(404);
  });
});

it("keeps prompts out of the files of a key's jobs, whatever a request asks for", async () => {
  const free = await openApi();
  const made = await free.request("POST", "/v1/keys", { parameters_in_file: false });
  const { id, value, parameters_in_file } = (await made.json()) as { [field: string]: string };
  expect(parameters_in_file).toBe(false);
  const draw = async () => {
    const body = { output: { parameters: true } };
    const { job } = await submitJob(free, body, { authorization: `Bearer ${value}` });
    return (await free.jobs.get(job.id))?.params.parametersInFile;
  };
  expect(await draw()).toBe(false);
  const changed = await free.request("PATCH", `/v1/keys/${id}`, { parameters_in_file: true });
  expect(await changed.json()).toMatchObject({ parameters_in_file: true });
  free.clock.advance(10_000);
  expect(await draw()).toBeUndefined();
  await free.close();
});
