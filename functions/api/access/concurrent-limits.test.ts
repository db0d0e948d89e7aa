import { afterEach, beforeEach, expect, it } from "vitest";
import { maxLiveKeys } from "../../../shared/limits.ts";
import { Accounts } from "../../../shared/money/accounts.ts";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

/** Leaves an account that has nothing yet this much room, as its counter says. */
async function leaveRoom(name: string, free: number) {
  const key = { pk: `ROOM#${api.account.id}`, sk: name };
  await api.items.write([{ put: { ...key, data: { free, countedAt: api.clock.now() } } }]);
}

/** Thirty requests of the same moment. @returns how many got which status */
async function thirty(send: (i: number) => Response | Promise<Response>) {
  const responses = await Promise.all(Array.from({ length: 30 }, (_, i) => send(i)));
  const codes = await Promise.all(
    responses.map(async (response) =>
      response.ok ? "made" : ((await response.json()) as { code?: string; error?: { code: string } }),
    ),
  );
  return Object.fromEntries(
    Map.groupBy(codes, (code) => (typeof code === "string" ? code : (code.code ?? code.error?.code)))
      .entries()
      .map(([code, found]) => [code, found.length]),
  );
}

const upload = () => {
  const form = new FormData();
  form.set("purpose", "user_data");
  form.set("file", new File([new Uint8Array(100)], "a.bin"));
  const headers = { authorization: `Bearer ${api.key}` };
  return api.app.request("/v1/files", { method: "POST", headers, body: form });
};

it("makes two endpoints of thirty requests where there is room for two", async () => {
  await leaveRoom("endpoints", 2);
  const made = await thirty(() =>
    api.request("POST", "/v1/webhook-endpoints", { url: "https://example.com/hook", events: [] }),
  );
  expect(made).toEqual({ made: 2, webhook_endpoint_limit: 28 });
});

it("never makes a twenty-first endpoint of an account, at whatever moment requests come", async () => {
  const made = await thirty(() =>
    api.request("POST", "/v1/webhook-endpoints", { url: "https://example.com/hook", events: [] }),
  );
  expect(made).toEqual({ made: 20, webhook_endpoint_limit: 10 });
});

it("stores two files of thirty uploads where there is room for two, and leaves nothing of the others", async () => {
  await leaveRoom("files", 2);
  expect(await thirty(upload)).toEqual({ made: 2, too_many_files: 28 });
  expect((await api.objects.list(`in/${api.account.id}/`)).objects).toHaveLength(2);
});

it("stores no more bytes than there is room for", async () => {
  await leaveRoom("bytes", 250);
  expect(await thirty(upload)).toEqual({ made: 2, account_storage_full: 28 });
});

it("gives the room of a deleted file back once, though it is deleted twice", async () => {
  await leaveRoom("files", 1);
  const { id } = (await (await upload()).json()) as { id: string };
  const deletions = await Promise.all([1, 2].map(() => api.request("DELETE", `/v1/files/${id}`)));
  expect(deletions.map(({ status }) => status).sort()).toEqual([200, 404]);
  expect(await thirty(upload)).toEqual({ made: 1, too_many_files: 29 });
});

it("makes two keys of thirty requests where there is room for two", async () => {
  await leaveRoom("keys", 2);
  expect(await thirty((i) => api.request("POST", "/v1/keys", { name: `${i}` }))).toEqual({
    made: 2,
    too_many_keys: 28,
  });
});

const job = (key: string) => (i: number) =>
  api.request("POST", "/v1/jobs", { prompt: `a cup ${i}`, size: "64x64" }, { authorization: `Bearer ${key}` });

it("accepts two jobs of thirty requests of a key that may have two open", async () => {
  const { value } = await api.apiKeys.createKey(api.account.id, { limits: { maxOpenJobs: 2 } });
  expect(await thirty(job(value))).toEqual({ made: 2, concurrency_limit: 28 });
  // Its limit is its own.
  expect((await job(api.key)(1)).status).toBe(202);
});

it("accepts two jobs of thirty requests of an account that may have two open, and another once one has ended", async () => {
  await new Accounts(api).setTerms(api.account.id, { maxOpenJobs: 2 });
  expect(await thirty(job(api.key))).toEqual({ made: 2, concurrency_limit: 28 });
  const { jobs } = await api.jobs.list({ accountId: api.account.id, limit: 5 });
  expect(jobs).toHaveLength(2);
  await api.jobs.requestCancel(jobs[0]!.id);
  expect(await thirty(job(api.key))).toEqual({ made: 1, concurrency_limit: 29 });
});

it("has room for a key again when a full account has revoked one", async () => {
  await leaveRoom("keys", 0);
  expect((await api.request("POST", "/v1/keys", { name: "a" })).status).toBe(409);
  api.clock.advance(60_000);
  // It really has one key, of the thousand that it may have.
  expect((await api.request("POST", "/v1/keys", { name: "a" })).status).toBe(201);
  expect((await api.items.get({ pk: `ROOM#${api.account.id}`, sk: "keys" }))?.data.free).toBe(maxLiveKeys - 2);
});
