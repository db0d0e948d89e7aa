import { afterEach, describe, expect, it, vi } from "vitest";
import { api, client, losesResponses, request, serveSdk } from "../../../test/support/api/sdk-under-test.ts";
import { ApiError, ConnectionError } from "../errors.ts";
import { verifyWebhook } from "../standard-webhooks.ts";

serveSdk();

const signedHeaders = {
  "webhook-id": "msg_1",
  "webhook-timestamp": String(Math.floor(Date.now() / 1_000)),
  "webhook-signature": "v1,AAAA",
};

it("sends no key where it was given none", async () => {
  const sent: (string | null)[] = [];
  const seeing: typeof fetch = (input, init) => {
    sent.push(new Headers(init?.headers).get("authorization"));
    return fetch(input, init);
  };
  await expect(client({ apiKey: undefined, fetch: seeing }).balance()).rejects.toMatchObject({ status: 401 });
  await client({ fetch: seeing }).balance();
  expect(sent).toEqual([null, `Bearer ${api.key}`]);
});

describe("a lost response", () => {
  it("makes no second job", async () => {
    const seen: Request[] = [];
    const job = await client({ fetch: losesResponses(2, { seen }) }).jobs.create(request);
    expect(await api.allJobs()).toMatchObject([{ id: job.id }]);
    const keys = new Set(seen.map(({ headers }) => headers.get("idempotency-key")));
    expect([seen.length, keys.size]).toEqual([3, 1]);
  });

  it("of two equal submissions leaves two jobs", async () => {
    const lossy = client({ fetch: losesResponses(1) });
    const jobs = await Promise.all([lossy.jobs.create(request), lossy.jobs.create(request)]);
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(2);
    expect(await api.allJobs()).toHaveLength(2);
  });

  it("to what must not be repeated is told, not repeated", async () => {
    const seen: Request[] = [];
    const error = await client({ fetch: losesResponses(1, { seen }) })
      .keys.create({ name: "shop" })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ message: expect.stringMatching(/POST .*\/v1\/keys: socket hang up/) });
    expect(seen).toHaveLength(1);
  });

  it("is an error once there were enough attempts", async () => {
    const seen: Request[] = [];
    const failing = client({ fetch: losesResponses(9, { seen }), maxRetries: 1 });
    await expect(failing.balance()).rejects.toThrow(ConnectionError);
    expect(seen).toHaveLength(2);
  });
});

it("waits as Retry-After says, also with what must not be repeated", async () => {
  let responses = 0;
  const busy: typeof fetch = async (input, init) =>
    ++responses === 1 ? new Response("", { status: 429, headers: { "retry-after": "1" } }) : fetch(input, init);
  const key = await client({ fetch: busy }).keys.create({ name: "shop" });
  expect([responses, key.value?.startsWith("zk_")]).toEqual([2, true]);
});

it("names what is wrong with a request", async () => {
  const error = await client()
    .jobs.create({ ...request, width: 1000 })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({
    status: 400,
    field: "width",
    retryable: false,
    requestId: expect.stringMatching(/^req_/),
  });
  expect((error as ApiError).errors.map(({ param }) => param)).toEqual(["width"]);
  await expect(client({ apiKey: "zk_of_somebody" }).balance()).rejects.toMatchObject({
    status: 401,
    code: "unauthorized",
  });
  await expect(client({ apiKey: "zk_of_somebody" }).models()).rejects.toMatchObject({ status: 401 });
});

it("gives up an attempt that takes too long", async () => {
  const hanging: typeof fetch = (_, init) =>
    new Promise((_resolve, reject) => {
      init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
    });
  const slow = client({ fetch: hanging, timeoutMs: 20, maxRetries: 0 });
  await expect(slow.balance()).rejects.toThrow(/got no response within 20 ms/);
  const aborted = new AbortController();
  const pending = client({ fetch: hanging }).balance({ signal: aborted.signal });
  aborted.abort(new Error("enough"));
  await expect(pending).rejects.toThrow("enough");
});

it.each([
  [{ apiKey: "" }, /apiKey/],
  [{ baseUrl: "ftp://x" }, /baseUrl/],
  [{ baseUrl: "127.0.0.1" }, /baseUrl/],
])("refuses %j", (options, reason) => {
  expect(() => client(options)).toThrow(reason);
});

it("sends the language that was chosen, to the API and to links", async () => {
  const seen: Request[] = [];
  const chinese = client({ language: "zh", fetch: losesResponses(0, { seen }) });
  const error = await chinese.jobs.create({ ...request, width: 1000 }).catch((thrown: unknown) => thrown);
  expect((error as ApiError).message).toMatch(/width 必须是 16 的倍数/);
  expect(seen[0]!.headers.get("accept-language")).toBe("zh");
  expect(() => client({ language: "zh\r\nx: y" })).toThrow(/language/);
});

describe("in a page", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("over plain http, submits, draws and downloads without what browsers keep for https", async () => {
    const { getRandomValues } = crypto;
    vi.stubGlobal("crypto", { getRandomValues: getRandomValues.bind(crypto) });
    const job = await client().jobs.create(request);
    await job.wait();
    const [downloaded] = await job.download();
    expect(downloaded!.bytes.length).toBeGreaterThan(0);
    await expect(verifyWebhook("{}", signedHeaders, "whsec_c2VjcmV0")).rejects.toThrow(/plain http/);
  });
});

it("does not care how the address is written", async () => {
  for (const baseUrl of [`${api.url}/`, `${api.url}/v1`, `${api.url}/v1/`]) {
    expect(await client({ baseUrl }).balance()).toMatchObject({ object: "balance" });
  }
});
