import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Accounts } from "../../../shared/money/accounts.ts";
import { auditAccount } from "../../../shared/money/audit-ledger.ts";
import { parsePriceList } from "../../../shared/money/price-list.ts";
import { type ApiUnderTest, openApi, turbo } from "../../../test/support/api/api-under-test.ts";
import { sweepJobs } from "../../tick/sweep-jobs.ts";

const rates = (interactive: number, batch: number) => [{ model: "*", interactive, batch }];
const prices = parsePriceList(
  [
    { effectiveFrom: "2026-01-01T00:00:00Z", currency: "USD", rates: rates(1_000, 500) },
    { effectiveFrom: "2100-01-01T00:00:00Z", currency: "USD", rates: rates(2_000, 1_000) },
  ],
  "test",
);
// 1 000 micro-units · 0.065536 megapixels · 2 steps = 131.072, rounded up.
const small = { prompt: "a fox", size: "256x256", steps: 2, seed: 1 };
const smallCost = 132;
const onePixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

let api: ApiUnderTest;
let accounts: Accounts;
/** An account that must pay, and its key. */
let payer: { id: string; key: string; keyId: string };

beforeEach(async () => {
  api = await openApi({ prices, models: [turbo] });
  accounts = new Accounts(api);
  payer = await newPayer(1_000);
});
afterEach(async () => {
  for (const { id } of await accounts.list()) expect((await auditAccount(api.items, id)).discrepancies).toEqual([]);
  await api.close();
});

async function newPayer(credit: number, limits = {}, terms = {}) {
  const { id } = await api.apiKeys.createAccount("payer", terms);
  if (credit > 0) await accounts.credit(id, { amount: credit, reference: "first" });
  const { value, key } = await api.apiKeys.createKey(id, { limits });
  return { id, key: value, keyId: key.id };
}

const ask = async (method: string, path: string, body?: unknown, key = payer.key, headers = {}) => {
  const response = await api.request(method, path, body, { authorization: `Bearer ${key}`, ...headers });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: text.startsWith("{") ? JSON.parse(text) : {},
  };
};

describe("quotes", () => {
  it("price a job exactly as it is charged, and a batch as its jobs", async () => {
    const quote = (await ask("POST", "/v1/quotes", small)).body;
    expect(quote).toMatchObject({ amount: smallCost, currency: "USD", breakdown: [{ jobs: 1, amount: smallCost }] });
    expect(quote.unit_prices).toEqual([{ model: turbo.id, lane: "interactive", per_megapixel_step: 1_000 }]);
    const accepted = await ask("POST", "/v1/jobs", small);
    expect(accepted.body.cost).toEqual({ amount: quote.amount, charged: null, currency: "USD", lane: "interactive" });
    await api.worker.workOnce();
    expect((await ask("GET", `/v1/jobs/${accepted.body.id}`)).body.cost.charged).toBe(quote.amount);
    expect(quote.eta_s, "nothing was drawn yet").toBeNull();
    api.clock.advance(1_000);
    // 12 ms were needed for 14 units of work, 0.065536 megapixels in 2 steps.
    expect((await ask("POST", "/v1/quotes", { ...small, steps: 100 })).body.eta_s).toBe(0.6);
    const batch = { ...small, priority: "batch" };
    expect((await ask("POST", "/v1/quotes", { jobs: [small, small, batch] })).body).toMatchObject({
      amount: 2 * smallCost + 66,
      breakdown: [
        { jobs: 2, amount: 2 * smallCost },
        { jobs: 1, lane: "batch", amount: 66 },
      ],
    });
    const twice = await Promise.all([ask("POST", "/v1/quotes", small), accounts.balance(payer.id)]);
    expect(twice[1].held, "a quote holds nothing").toBe(0);
  });

  it("end when other prices begin", async () => {
    const { expires_at } = (await ask("POST", "/v1/quotes", small)).body;
    expect(Date.parse(expires_at)).toBeGreaterThan(api.clock.now());
    api.clock.advance(Date.UTC(2099, 11, 31, 23) - api.clock.now());
    expect((await ask("POST", "/v1/quotes", small)).body.expires_at).toBe("2100-01-01T00:00:00.000Z");
  });

  it.each([
    [{ ...small, size: "255x255" }, "size"],
    [{ jobs: [] }, "jobs"],
    [{ jobs: [small], n: 1 }, "n"],
  ])("refuse %j by name", async (body, param) => {
    expect(await ask("POST", "/v1/quotes", body)).toMatchObject({ status: 400, body: { param } });
  });
});

describe("what a job may cost", () => {
  it("is checked against max_cost before any work: 412", async () => {
    const refused = await ask("POST", "/v1/jobs", { ...small, max_cost: smallCost - 1 });
    expect(refused).toMatchObject({ status: 412, body: { code: "max_cost_exceeded", param: "max_cost" } });
    expect(refused.body.detail).toContain(`this costs ${smallCost}`);
    expect((await ask("GET", "/v1/jobs")).body.data).toEqual([]);
    expect((await ask("POST", "/v1/jobs", { ...small, max_cost: smallCost })).status).toBe(202);
  });

  it("is checked against the balance: 402, in Chinese too, and to openai's clients once", async () => {
    const poor = await newPayer(smallCost - 1);
    const refused = await ask("POST", "/v1/jobs", small, poor.key, { "accept-language": "zh-CN" });
    expect(refused).toMatchObject({ status: 402, body: { code: "insufficient_balance", title: "Payment Required" } });
    expect(refused.body.detail).toMatch(/余额不足.*131 micro-USD/);
    const openai = await ask("POST", "/v1/images/generations", { prompt: "a", size: "256x256", steps: 2 }, poor.key);
    expect(openai).toMatchObject({ status: 402, body: { error: { code: "insufficient_balance" } } });
    expect(openai.headers.get("x-should-retry")).toBe("false");
  });

  it("is checked against the monthly caps of key and account: 402", async () => {
    const capped = await newPayer(1_000, { monthlyCap: smallCost });
    expect((await ask("POST", "/v1/jobs", small, capped.key)).status).toBe(202);
    const refused = await ask("POST", "/v1/jobs", small, capped.key);
    expect(refused).toMatchObject({ status: 402, body: { code: "spend_limit", retryable: false } });
    const account = await newPayer(1_000, {}, { monthlyCap: smallCost - 1 });
    expect((await ask("POST", "/v1/jobs", small, account.key)).body.detail).toContain("the account has spent 0");
  });

  it("is not held again for a replay, whatever the balance by then", async () => {
    const once = await newPayer(smallCost);
    const again = { "idempotency-key": "k" };
    const first = await ask("POST", "/v1/jobs", small, once.key, again);
    const second = await ask("POST", "/v1/jobs", small, once.key, again);
    expect(second.body.id).toBe(first.body.id);
    expect(second.headers.get("idempotent-replayed")).toBe("true");
    expect((await ask("GET", "/v1/balance", undefined, once.key)).body).toMatchObject({
      available: 0,
      held: smallCost,
    });
  });
});

describe("open jobs", () => {
  it.each(["key", "account"])("are limited per %s, with a Retry-After, and a refusal writes nothing", async (whose) => {
    const limit = { maxOpenJobs: 1 };
    const limited = whose === "key" ? await newPayer(1_000, limit) : await newPayer(1_000, {}, limit);
    expect((await ask("POST", "/v1/jobs", small, limited.key)).status).toBe(202);
    const before = await accounts.balance(limited.id);
    const refused = await ask("POST", "/v1/jobs", small, limited.key);
    expect(refused).toMatchObject({ status: 429, body: { code: "concurrency_limit", retryable: true } });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await accounts.balance(limited.id)).toEqual(before);
    await api.worker.workOnce();
    expect((await ask("POST", "/v1/jobs", small, limited.key)).status).toBe(202);
  });
});

it("a job that nobody began in time expires, and its price comes back", async () => {
  const { body } = await ask("POST", "/v1/jobs", { ...small, deadline_s: 5 });
  expect((await accounts.balance(payer.id)).held).toBe(smallCost);
  api.clock.advance(5_000);
  await sweepJobs(api);
  expect((await ask("GET", `/v1/jobs/${body.id}`)).body).toMatchObject({
    status: "expired",
    queue: null,
    cost: { amount: smallCost, charged: 0 },
  });
  expect(await accounts.balance(payer.id)).toMatchObject({ available: 1_000, held: 0 });
});

describe("a full queue", () => {
  it("refuses before anything is written, with a Retry-After from the pace, and not what was accepted before", async () => {
    const full = await openApi({ prices, models: [turbo], maxWaiting: { interactive: 3, batch: 1 }, workers: 2 });
    try {
      const submit = (body: object, headers = {}) => full.request("POST", "/v1/jobs", { ...small, ...body }, headers);
      await submit({});
      await full.worker.workOnce();
      const again = { "idempotency-key": "k" };
      await submit({}, again);
      for (let i = 0; i < 2; i++) await submit({});
      full.clock.advance(2_000);
      const picture = `data:image/png;base64,${onePixel}`;
      const state = async () => ({
        jobs: await (await full.request("GET", "/v1/jobs?limit=100")).json(),
        money: (await full.items.query({ index: "main", partition: `ACC#${full.account.id}` })).items,
        pictures: await full.objects.list("in/"),
      });
      const before = await state();
      const refused = await submit({ image: picture }, { "accept-language": "zh" });
      expect(refused.status).toBe(429);
      expect(await refused.json()).toMatchObject({ code: "queue_full", retryable: true });
      expect(Number(refused.headers.get("retry-after"))).toBe(1);
      expect(await state()).toEqual(before);
      expect((await submit({}, again)).status, "a replay").toBe(202);
      expect((await submit({ priority: "batch" })).status, "lanes share a queue here").toBe(429);
      for (let i = 0; i < 3; i++) await full.worker.workOnce();
      full.clock.advance(2_000);
      expect((await submit({ image: picture, strength: 0.5 })).status).toBe(202);
    } finally {
      await full.close();
    }
  });
});

describe("requests", () => {
  it("are limited per minute, with the headers of OpenAI and of the IETF, and come back with time", async () => {
    const limited = await newPayer(0, { requestsPerMinute: 2 });
    const first = await ask("GET", "/v1/balance", undefined, limited.key);
    expect(first.headers.get("x-ratelimit-remaining-requests")).toBe("1");
    expect(first.headers.get("ratelimit-policy")).toBe('"requests";q=2;w=60');
    expect((await ask("POST", "/v1/jobs", {}, limited.key)).headers.get("ratelimit"), "an error counts too").toBe(
      '"requests";r=0;t=60',
    );
    const before = JSON.stringify((await api.items.query({ index: "main", partition: `ACC#${limited.id}` })).items);
    const refused = await ask("GET", "/v1/balance", undefined, limited.key);
    expect(refused).toMatchObject({ status: 429, body: { code: "rate_limited" } });
    expect(refused.headers.get("retry-after")).toBe("30");
    expect(JSON.stringify((await api.items.query({ index: "main", partition: `ACC#${limited.id}` })).items)).toBe(
      before,
    );
    api.clock.advance(30_000);
    expect((await ask("GET", "/v1/balance", undefined, limited.key)).status).toBe(200);
  });

  it("are not limited where nobody said so", async () => {
    expect((await ask("GET", "/v1/balance")).headers.get("x-ratelimit-limit-requests")).toBeNull();
  });
});

describe("usage", () => {
  async function work() {
    for (const [steps, sku] of [
      [2, "=1+1"],
      [4, "b,c"],
      [2, "=1+1"],
    ] as const) {
      await ask("POST", "/v1/jobs", { ...small, steps, metadata: { sku } });
      await api.worker.workOnce();
    }
    const queued = await ask("POST", "/v1/jobs", small);
    await ask("POST", `/v1/jobs/${queued.body.id}/cancel`);
  }

  it("sums what was charged, by day, key, model and label", async () => {
    await work();
    const total = smallCost + 263 + smallCost;
    for (const by of ["day", "key", "model", "metadata.sku"]) {
      const { body } = await ask("GET", `/v1/usage?group_by=${by}`);
      expect(body.charged, by).toBe(total);
    }
    const { data } = (await ask("GET", "/v1/usage?group_by=metadata.sku")).body;
    expect(data).toEqual([
      { group: "", jobs: 1, succeeded: 0, images: 0, steps: 0, megapixels: 0, charged: 0 },
      { group: "=1+1", jobs: 2, succeeded: 2, images: 2, steps: 4, megapixels: 0.131072, charged: 2 * smallCost },
      { group: "b,c", jobs: 1, succeeded: 1, images: 1, steps: 4, megapixels: 0.065536, charged: 263 },
    ]);
    expect((await ask("GET", "/v1/usage?group_by=key")).body.data[0].group).toBe(payer.keyId);
    expect((await ask("GET", "/v1/usage?to=2026-01-02T00:00:00Z")).body.data).toEqual([]);
    expect((await ask("GET", "/v1/balance")).body.available).toBe(1_000 - total);
  });

  it("is a table too, that no spreadsheet takes for formulas", async () => {
    await work();
    const { text, headers } = await ask("GET", "/v1/usage.csv?group_by=metadata.sku");
    expect(headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(text.split("\r\n")).toEqual([
      "metadata.sku,jobs,succeeded,images,steps,megapixels,charged_micro_units",
      ",1,0,0,0,0,0",
      `'=1+1,2,2,2,4,0.131072,${2 * smallCost}`,
      '"b,c",1,1,1,4,0.065536,263',
      "",
    ]);
  });

  it.each([
    "group_by=hour",
    "from=yesterday",
    "from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z",
    "by=day",
  ])("refuses %s", async (query) => expect((await ask("GET", `/v1/usage?${query}`)).status).toBe(400));
});

describe("keys over HTTP", () => {
  it("are made, shown once, limited, rotated and revoked", async () => {
    const made = await ask("POST", "/v1/keys", { name: "shop", scopes: ["usage:read"], limits: { monthly_cap: 5 } });
    expect(made).toMatchObject({
      status: 201,
      body: { name: "shop", limits: { monthly_cap: 5, max_open_jobs: null } },
    });
    const { id, value } = made.body;
    expect((await ask("GET", "/v1/balance", undefined, value)).status).toBe(200);
    expect((await ask("GET", "/v1/keys", undefined, value)).status, "not in its scopes").toBe(403);
    expect(JSON.stringify((await ask("GET", "/v1/keys")).body)).not.toContain(value);
    const changed = await ask("PATCH", `/v1/keys/${id}`, { limits: { monthly_cap: null, max_open_jobs: 3 } });
    expect(changed.body.limits).toEqual({ requests_per_minute: null, max_open_jobs: 3, monthly_cap: null });
    expect([made.body.deduplication_window_s, changed.body.deduplication_window_s]).toEqual([null, null]);
    const windowed = await ask("PATCH", `/v1/keys/${id}`, { deduplication_window_s: 900 });
    expect(windowed.body).toMatchObject({ deduplication_window_s: 900, limits: { max_open_jobs: 3 } });
    expect((await ask("PATCH", `/v1/keys/${id}`, { deduplication_window_s: 901 })).status).toBe(400);
    const automatic = await ask("PATCH", `/v1/keys/${id}`, { deduplication_window_s: null });
    expect(automatic.body.deduplication_window_s).toBeNull();
    await ask("PATCH", `/v1/keys/${id}`, { deduplication_window_s: 900 });
    const rotated = await ask("POST", `/v1/keys/${id}/rotate`, { overlap_s: 60 });
    expect(rotated.body.deduplication_window_s, "kept by a rotation").toBe(900);
    expect(rotated.body).toMatchObject({ id, previous_value_until: new Date(api.clock.now() + 60_000).toISOString() });
    expect((await ask("POST", `/v1/keys/${id}/rotate`)).status, "a body may be left out").toBe(200);
    expect((await ask("DELETE", `/v1/keys/${id}`)).body.revoked_at).not.toBeNull();
    api.clock.advance(6_000);
    expect((await ask("GET", "/v1/balance", undefined, rotated.body.value)).status).toBe(401);
    expect((await ask("GET", "/v1/keys/key_nobody")).body.code).toBe("key_not_found");
  });

  it("give nobody more than they have", async () => {
    const { value } = await api.apiKeys.createKey(payer.id, { scopes: ["keys:admin"] });
    expect((await ask("POST", "/v1/keys", { scopes: ["jobs:write"] }, value)).status).toBe(403);
    expect((await ask("POST", `/v1/keys/${payer.keyId}/rotate`, {}, value)).status).toBe(403);
    expect((await ask("POST", "/v1/keys", { scopes: ["accounts:admin"] })).status, "not even *").toBe(403);
    expect((await ask("POST", "/v1/keys", {}, value)).body.scopes).toEqual(["keys:admin"]);
    const other = await newPayer(0);
    expect((await ask("DELETE", `/v1/keys/${other.keyId}`)).status, "somebody else's").toBe(404);
  });
});

describe("accounts over HTTP", () => {
  it("are the operator's alone", async () => {
    for (const [method, path] of [
      ["GET", "/v1/accounts"],
      ["POST", "/v1/accounts"],
      ["POST", `/v1/accounts/${payer.id}/credits`],
    ] as const) {
      expect((await ask(method, path, method === "POST" ? {} : undefined)).status, path).toBe(403);
    }
  });

  it("are made, credited once per reference, given terms and keys", async () => {
    const { value: operator } = await api.apiKeys.createKey(payer.id, { scopes: ["accounts:admin"] });
    const made = await ask("POST", "/v1/accounts", { name: "shop", terms: { monthly_cap: 500 } }, operator);
    expect(made).toMatchObject({ status: 201, body: { name: "shop", terms: { monthly_cap: 500, unlimited: null } } });
    const path = `/v1/accounts/${made.body.id}`;
    for (const _ of [1, 2]) await ask("POST", `${path}/credits`, { amount: 300, reference: "inv-1" }, operator);
    const other = await ask("POST", `${path}/credits`, { amount: 301, reference: "inv-1" }, operator);
    expect(other).toMatchObject({ status: 409, body: { code: "reference_used" } });
    await ask("PATCH", path, { terms: { monthly_cap: null, weight: 2 } }, operator);
    expect((await ask("GET", path, undefined, operator)).body).toMatchObject({
      terms: { monthly_cap: null, weight: 2 },
      balance: { available: 300, held: 0, open_jobs: 0 },
    });
    const key = await ask("POST", `${path}/keys`, { name: "first" }, operator);
    expect((await ask("POST", "/v1/jobs", small, key.body.value)).status).toBe(202);
    expect((await ask("GET", "/v1/accounts", undefined, operator)).body.data).toHaveLength(3);
  });
});
