import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { spendKey } from "../../../shared/money/ledger.ts";
import { type ApiUnderTest, openApi, readProblem, submitJob } from "../../../test/support/api/api-under-test.ts";
import { manualClock } from "../../../test/support/manual-clock.ts";
import type { JobResource } from "../jobs/job-responses.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const submit = (body?: object, headers?: { [name: string]: string }) => submitJob(api, body, headers);

describe("a request that is sent again", () => {
  it("gives the same job for the same Idempotency-Key and body, whatever the order of its fields", async () => {
    const first = await submit({ seed: 1, n: 2 }, { "idempotency-key": "order-1" });
    const response = await api.request(
      "POST",
      "/v1/jobs",
      { n: 2, seed: 1, size: "64x64", prompt: "a teapot" },
      { "idempotency-key": "order-1" },
    );
    expect(response.headers.get("idempotent-replayed")).toBe("true");
    expect(((await response.json()) as JobResource).id).toBe(first.job.id);
    expect(await api.queue.depth()).toMatchObject({ visible: 1 });
  });

  it("answers 422 when an Idempotency-Key comes with another body, and keeps the stored form of the key to itself", async () => {
    await submit({ seed: 1 }, { "idempotency-key": "order-1" });
    const response = await api.request("POST", "/v1/jobs", { prompt: "b" }, { "idempotency-key": "order-1" });
    const { status, code, param, detail } = await readProblem(response);
    expect([status, code, param]).toEqual([422, "idempotency_key_reused", "Idempotency-Key"]);
    expect(detail).not.toContain("key_");
  });

  it("keeps the Idempotency-Keys of two API keys apart", async () => {
    const { value } = await api.apiKeys.createKey(api.account.id);
    const first = await submit({}, { "idempotency-key": "1" });
    const second = await submit({}, { "idempotency-key": "1", authorization: `Bearer ${value}` });
    expect(second.job.id).not.toBe(first.job.id);
  });

  it("goes on with the job of a request that its client marks as sent again, once for each", async () => {
    const mark = { "x-stainless-retry-count": "1" };
    const first = await submit({ seed: 1 });
    const again = await submit({ seed: 1 }, mark);
    expect(again.job.id).toBe(first.job.id);
    expect(again.response.headers.get("idempotent-replayed")).toBe("true");
    expect((await submit({ seed: 1 })).job.id, "a new wish").not.toBe(first.job.id);
    expect((await submit({ seed: 2 }, mark)).job.id, "of another body").not.toBe(first.job.id);
    const both = await Promise.all([submit({ seed: 3 }), submit({ seed: 3 }, mark)]);
    expect(both[0].job.id, "while the first was still being recorded").toBe(both[1].job.id);
    expect(await api.queue.depth()).toMatchObject({ visible: 4 });
  });

  it("goes on with the job of an equal request that lost its connection, once", async () => {
    const gone = new AbortController();
    const body = { prompt: "a teapot", size: "64x64", seed: 1 };
    const headers = { authorization: `Bearer ${api.key}`, "content-type": "application/json", prefer: "wait=300" };
    const init = { method: "POST", headers, body: JSON.stringify(body), signal: gone.signal };
    const lost = Promise.resolve(api.app.request("/v1/jobs", init)).catch(() => undefined);
    await api.activity.until(async () => (await api.queue.depth()).visible > 0 || undefined);
    gone.abort();
    await lost;
    const again = await submit({ seed: 1 });
    expect(again.response.headers.get("idempotent-replayed")).toBe("true");
    expect((await submit({ seed: 1 })).response.headers.get("idempotent-replayed")).toBeNull();
    expect(await api.queue.depth()).toMatchObject({ visible: 2 });
  });

  it("takes an equal request without a mark for another order, whatever its client and its pause", async () => {
    const client = { "user-agent": "ai/7.0.173 ai-sdk/openai/4.0.118 runtime/node.js/24" };
    const ids = new Set<string>();
    for (let order = 0; order < 3; order++) {
      ids.add((await submit({}, client)).job.id);
      api.clock.advance(2_100);
    }
    expect(ids.size).toBe(3);
  });
});

describe("a request of a key with a deduplication window", () => {
  const windowS = 60;
  let key: string;
  let keyId: string;
  beforeEach(async () => {
    const made = await api.apiKeys.createKey(api.account.id, { deduplicationWindowS: windowS });
    ({ value: key } = made);
    keyId = made.key.id;
  });
  const own = (headers = {}) => ({ authorization: `Bearer ${key}`, ...headers });
  const replayed = ({ response }: Awaited<ReturnType<typeof submit>>) => response.headers.get("idempotent-replayed");

  it("gives an equal request the job of the one that was answered, and charges once", async () => {
    const first = await submit({}, own());
    await api.worker.workOnce();
    api.clock.advance(windowS * 1_000 - 1);
    const again = await submit({}, own());
    expect([again.job.id, again.job.status, replayed(again)]).toEqual([first.job.id, "succeeded", "true"]);
    expect(replayed(first)).toBeNull();
    expect((await submit({ prompt: "another" }, own())).job.id, "another wish").not.toBe(first.job.id);
    expect((await submit()).job.id, "of another key").not.toBe(first.job.id);
    api.clock.advance(1);
    const later = await submit({}, own());
    expect(replayed(later), "after the window").toBeNull();
    expect(await api.items.get(spendKey(api.account.id, { keyId }))).toMatchObject({ data: { open: 2 } });
  });

  it("leaves a request with a seed or a key alone", async () => {
    const seeded = [await submit({ seed: 1 }, own()), await submit({ seed: 1 }, own())];
    expect(seeded[0]!.job.id).not.toBe(seeded[1]!.job.id);
    const plain = await submit({}, own());
    const keyed = await submit({}, own({ "idempotency-key": "1" }));
    expect([replayed(keyed), keyed.job.id === plain.job.id]).toEqual([null, false]);
    expect((await submit({}, own())).job.id, "nor is it what is given again").toBe(plain.job.id);
  });

  it("takes equal requests under way at once for as many orders, and gives each back", async () => {
    const orders = await Promise.all([submit({}, own()), submit({}, own())]);
    const again = [await submit({}, own()), await submit({}, own())];
    const ids = (list: readonly { readonly job: JobResource }[]) => list.map(({ job }) => job.id).sort();
    expect(new Set(ids(orders)).size).toBe(2);
    expect(ids(again)).toEqual(ids(orders));
  });

  it("tries again what was cancelled or has failed", async () => {
    const first = await submit({}, own());
    await api.jobs.requestCancel(first.job.id);
    const second = await submit({}, own());
    expect(second.job.id).not.toBe(first.job.id);
    expect((await submit({}, own())).job.id).toBe(second.job.id);
  });

  it("holds it to the end of an answer that is written while the image is drawn", async () => {
    api.worker.start();
    const body = { jsonrpc: "2.0", id: 1, method: "tools/call" };
    const params = { name: "generate", arguments: { prompt: "a red cup", size: "64x64" } };
    const call = async () => {
      const headers = own({ accept: "application/json, text/event-stream" });
      return (await api.request("POST", "/mcp", { ...body, params }, headers)).text();
    };
    const idIn = (text: string) => /job_\w{26}/.exec(text)?.[0];
    const first = idIn(await call());
    expect(first).toBeDefined();
    expect(idIn(await call())).toBe(first);
  });

  it.each([
    ["takes an equal request a second later for its repetition where nobody hears of lost connections", false, "true"],
    ["leaves equal requests under way apart where lost connections are heard of", true, null],
  ])("%s", async (_, hearsLostConnections, replayed) => {
    const clock = manualClock();
    const held = await openApi({ hearsLostConnections, clock });
    try {
      const made = await held.apiKeys.createKey(held.account.id, { deduplicationWindowS: windowS });
      const ask = (prefer = {}) => {
        const headers = { authorization: `Bearer ${made.value}`, ...prefer };
        return held.request("POST", "/v1/jobs", { prompt: "a teapot", size: "64x64" }, headers);
      };
      const gone = new Set<Promise<unknown>>();
      // The second is one of those that one call is split into.
      for (const [queued, pauseMs] of [0, 999].entries()) {
        await vi.waitUntil(async () => (await held.queue.depth()).visible === queued);
        clock.advance(pauseMs);
        gone.add(Promise.resolve(ask({ prefer: "wait=300" })));
      }
      await vi.waitUntil(async () => (await held.queue.depth()).visible === 2);
      clock.advance(1);
      expect((await ask()).headers.get("idempotent-replayed")).toBe(replayed);
      clock.advance(300_000);
      await Promise.all(gone);
    } finally {
      await held.close();
    }
  });

  it("is off at 0, within the five seconds that a key is remembered", async () => {
    const first = await submit({}, own());
    await api.apiKeys.changeKey(api.account.id, keyId, { deduplicationWindowS: 0 });
    api.clock.advance(5_000);
    expect((await submit({}, own())).job.id).not.toBe(first.job.id);
  });
});
