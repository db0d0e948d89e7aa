import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openApi, turbo } from "../../../test/support/api/api-under-test.ts";
import {
  openPaidApi,
  type PaidApi,
  testPrices as prices,
  smallRequest as small,
  smallCost,
} from "../../../test/support/api/paid-api.ts";
import { sweepJobs } from "../../tick/sweep-jobs.ts";

const onePixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

let api: PaidApi;
beforeEach(async () => {
  api = await openPaidApi();
});
afterEach(() => api.close());

describe("what a job may cost", () => {
  it("is checked against max_cost before any work: 412", async () => {
    const refused = await api.ask("POST", "/v1/jobs", { ...small, max_cost: smallCost - 1 });
    expect(refused).toMatchObject({ status: 412, body: { code: "max_cost_exceeded", param: "max_cost" } });
    expect(refused.body.detail).toContain(`this costs ${smallCost}`);
    expect((await api.ask("GET", "/v1/jobs")).body.data).toEqual([]);
    expect((await api.ask("POST", "/v1/jobs", { ...small, max_cost: smallCost })).status).toBe(202);
  });

  it("is checked against the balance: 402, in Chinese too, and to openai's clients once", async () => {
    const poor = await api.newPayer(smallCost - 1);
    const refused = await api.ask("POST", "/v1/jobs", small, poor.key, { "accept-language": "zh-CN" });
    expect(refused).toMatchObject({ status: 402, body: { code: "insufficient_balance", title: "Payment Required" } });
    expect(refused.body.detail).toMatch(/余额不足.*131.*USD/);
    const openai = await api.ask(
      "POST",
      "/v1/images/generations",
      { prompt: "a", size: "256x256", steps: 2 },
      poor.key,
    );
    expect(openai).toMatchObject({ status: 402, body: { error: { code: "insufficient_balance" } } });
    expect(openai.headers.get("x-should-retry")).toBe("false");
  });

  it("is checked against the monthly caps of key and account: 402", async () => {
    const capped = await api.newPayer(1_000, { monthlyCap: smallCost });
    expect((await api.ask("POST", "/v1/jobs", small, capped.key)).status).toBe(202);
    const refused = await api.ask("POST", "/v1/jobs", small, capped.key);
    expect(refused).toMatchObject({ status: 402, body: { code: "spend_limit", retryable: false } });
    const account = await api.newPayer(1_000, {}, { monthlyCap: smallCost - 1 });
    expect((await api.ask("POST", "/v1/jobs", small, account.key)).body.detail).toContain("the account has spent 0");
  });

  it("is not held again for a replay, whatever the balance by then", async () => {
    const once = await api.newPayer(smallCost);
    const again = { "idempotency-key": "k" };
    const first = await api.ask("POST", "/v1/jobs", small, once.key, again);
    const second = await api.ask("POST", "/v1/jobs", small, once.key, again);
    expect(second.body.id).toBe(first.body.id);
    expect(second.headers.get("idempotent-replayed")).toBe("true");
    expect((await api.ask("GET", "/v1/balance", undefined, once.key)).body).toMatchObject({
      available: 0,
      held: smallCost,
    });
  });
});

describe("open jobs", () => {
  it.each(["key", "account"])("are limited per %s, with a Retry-After, and a refusal writes nothing", async (whose) => {
    const limit = { maxOpenJobs: 1 };
    const limited = whose === "key" ? await api.newPayer(1_000, limit) : await api.newPayer(1_000, {}, limit);
    expect((await api.ask("POST", "/v1/jobs", small, limited.key)).status).toBe(202);
    const before = await api.accounts.balance(limited.id);
    const refused = await api.ask("POST", "/v1/jobs", small, limited.key);
    expect(refused).toMatchObject({ status: 429, body: { code: "concurrency_limit", retryable: true } });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await api.accounts.balance(limited.id)).toEqual(before);
    await api.worker.workOnce();
    expect((await api.ask("POST", "/v1/jobs", small, limited.key)).status).toBe(202);
  });
});

it("a job that nobody began in time expires, and its price comes back", async () => {
  const { body } = await api.ask("POST", "/v1/jobs", { ...small, deadline_s: 5 });
  expect((await api.accounts.balance(api.payer.id)).held).toBe(smallCost);
  api.clock.advance(5_000);
  await sweepJobs(api);
  expect((await api.ask("GET", `/v1/jobs/${body.id}`)).body).toMatchObject({
    status: "expired",
    queue: null,
    cost: { amount: smallCost, charged: 0 },
  });
  expect(await api.accounts.balance(api.payer.id)).toMatchObject({ available: 1_000, held: 0 });
});

describe("a full queue", () => {
  it("refuses before anything is written, with a Retry-After from the pace, and not what was accepted before", async () => {
    const full = await openApi({ prices, models: [turbo], maxUnfinished: 3, workers: 2 });
    try {
      const submit = (body: object, headers = {}) => full.request("POST", "/v1/jobs", { ...small, ...body }, headers);
      await submit({});
      await full.worker.workOnce();
      const again = { "idempotency-key": "k" };
      await submit({}, again);
      for (let i = 0; i < 2; i++) await submit({});
      full.clock.advance(2_000);
      const image = `data:image/png;base64,${onePixel}`;
      const state = async () => ({
        jobs: await (await full.request("GET", "/v1/jobs?limit=100")).json(),
        money: (await full.items.query({ index: "main", partition: `ACC#${full.account.id}` })).items,
        images: await full.objects.list("in/"),
      });
      const before = await state();
      const refused = await submit({ image: image }, { "accept-language": "zh" });
      expect(refused.status).toBe(429);
      expect(await refused.json()).toMatchObject({ code: "queue_full", retryable: true });
      expect(Number(refused.headers.get("retry-after"))).toBe(1);
      expect(await state()).toEqual(before);
      expect((await submit({}, again)).status, "a replay").toBe(202);
      expect((await submit({ priority: "batch" })).status, "both lanes count").toBe(429);
      for (let i = 0; i < 3; i++) await full.worker.workOnce();
      full.clock.advance(2_000);
      expect((await submit({ image: image, strength: 0.5 })).status).toBe(202);
    } finally {
      await full.close();
    }
  });
});

describe("requests", () => {
  it("are limited per minute, with the headers of OpenAI and of the IETF, and come back with time", async () => {
    const limited = await api.newPayer(0, { requestsPerMinute: 2 });
    const first = await api.ask("GET", "/v1/balance", undefined, limited.key);
    expect(first.headers.get("x-ratelimit-remaining-requests")).toBe("1");
    expect(first.headers.get("ratelimit-policy")).toBe('"requests";q=2;w=60');
    expect((await api.ask("POST", "/v1/jobs", {}, limited.key)).headers.get("ratelimit"), "an error counts too").toBe(
      '"requests";r=0;t=60',
    );
    const before = JSON.stringify((await api.items.query({ index: "main", partition: `ACC#${limited.id}` })).items);
    const refused = await api.ask("GET", "/v1/balance", undefined, limited.key);
    expect(refused).toMatchObject({ status: 429, body: { code: "rate_limited" } });
    expect(refused.headers.get("retry-after")).toBe("30");
    expect(JSON.stringify((await api.items.query({ index: "main", partition: `ACC#${limited.id}` })).items)).toBe(
      before,
    );
    api.clock.advance(30_000);
    expect((await api.ask("GET", "/v1/balance", undefined, limited.key)).status).toBe(200);
  });

  it("are not limited where nobody said so", async () => {
    expect((await api.ask("GET", "/v1/balance")).headers.get("x-ratelimit-limit-requests")).toBeNull();
  });
});
