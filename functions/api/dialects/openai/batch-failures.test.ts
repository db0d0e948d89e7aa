import OpenAI, { toFile } from "openai";
import { describe, expect, it, vi } from "vitest";
import { PipelineError } from "../../../../shared/errors.ts";
import { createJobStore } from "../../../../shared/jobs/create-job-store.ts";
import { maxOpenRuns } from "../../../../shared/limits.ts";
import { Accounts } from "../../../../shared/money/accounts.ts";
import type { Items } from "../../../../shared/ports/items.ts";
import type { ApiServer } from "../../../../test/support/api/api-server.ts";
import {
  batchLine,
  batchOrder,
  createBatchOf,
  feedOnce,
  linesOf,
  stepDependencies,
  untilOver,
} from "../../../../test/support/api/openai-batches.ts";
import { api, client, plainPng, serveOpenai } from "../../../../test/support/api/openai-server.ts";
import { RunLoop } from "../../../runs/steps/run-loop.ts";

serveOpenai();

const feed = (given?: Parameters<typeof feedOnce>[1]) => feedOnce(api, given);
const createBatch = (lines: string[]) => createBatchOf(api, client, lines);
const untilEnd = (id: string) => untilOver(api, client, id);
const resume = (id: string) => client.post(`/batches/${id}/resume`);
/** A feeder that has not been heard of for so long is dead. */
const feederDeadMs = 180_000;

/** The store, to be changed under a feeder. */
function itemsOf({ items }: ApiServer): Items {
  return {
    get: (key) => items.get(key),
    query: (query) => items.query(query),
    write: (writes) => items.write(writes),
    close: async () => {},
  };
}

describe("batches that do not go well", () => {
  it("fail as a whole when the file is not what it should be", async () => {
    const batch = await createBatch([batchLine("a", {}), "{", batchLine("a", {})]);
    expect(batch.status).toBe("failed");
    expect(batch.errors?.data?.map((error) => [error.line, error.code])).toEqual([
      [2, "invalid_json_line"],
      [3, "duplicate_custom_id"],
    ]);
    expect(await api.allJobs()).toEqual([]);
  });

  it("are cancelled, and keep what is finished", async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    let begun = 0;
    api.beforeDrawing(async () => {
      if (begun++ > 0) await released;
    });
    const { id } = await createBatch(Array.from({ length: 20 }, (_, i) => batchLine(`row-${i}`, {})));
    await feed();
    await expect.poll(() => begun).toBe(2);
    expect((await client.batches.cancel(id)).status).toBe("cancelling");
    release();
    const batch = await untilEnd(id);
    expect(batch.status).toBe("cancelled");
    expect(await linesOf(client, batch.output_file_id)).toMatchObject([{ custom_id: "row-0" }, { custom_id: "row-1" }]);
    expect((await api.allJobs()).length).toBeLessThan(20);
  });

  it("tell of every job that succeeded, though they are cancelled while they are fed", async () => {
    const body = await plainPng();
    const { id } = await createBatch([
      batchLine("a", {}),
      batchLine("b", { image: "https://pictures.test/b" }),
      batchLine("c", { size: "65x64" }),
      batchLine("d", {}),
    ]);
    await feed({
      async fetchImage() {
        await client.batches.cancel(id);
        return { status: 200, headers: {}, body, truncated: false };
      },
    });
    const batch = await untilEnd(id);
    const succeeded = (await api.allJobs()).filter(({ status }) => status === "succeeded");
    expect(batch).toMatchObject({ status: "cancelled", request_counts: { completed: succeeded.length } });
    expect((batch.request_counts?.completed ?? 0) + (batch.request_counts?.failed ?? 0)).toBe(4);
  });

  it("know of every job of a feeder that died, once it can be no more than dead", async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    api.beforeDrawing(() => released);
    const { id } = await createBatch([
      batchLine("a", {}),
      batchLine("b", { image: "https://pictures.test/b" }),
      batchLine("c", {}),
    ]);
    const { promise: fetching, resolve: fetched } = Promise.withResolvers<void>();
    const fetchImage = () => {
      fetched();
      return new Promise<never>(() => {});
    };
    void feed({ fetchImage });
    await fetching;
    expect(await feed()).toBe(0);
    await client.batches.cancel(id);
    expect(await feed()).toBe(0);
    api.clock.advance(feederDeadMs);
    release();
    await expect
      .poll(async () => (await api.allJobs()).map(({ status }) => status))
      .toEqual(["succeeded", "succeeded"]);
    const batch = await untilEnd(id);
    expect(batch).toMatchObject({ status: "cancelled", request_counts: { completed: 2, failed: 0 } });
    expect(await linesOf(client, batch.output_file_id)).toMatchObject([{ custom_id: "a" }, { custom_id: "c" }]);
  });

  it("go on after a feeder that died, and draw each line once", async () => {
    const body = await plainPng();
    const { id } = await createBatch([
      batchLine("a", {}),
      batchLine("b", { image: "https://pictures.test/b" }),
      batchLine("c", {}),
    ]);
    const { promise: fetching, resolve: fetched } = Promise.withResolvers<void>();
    const hang = () => {
      fetched();
      return new Promise<never>(() => {});
    };
    void feed({ fetchImage: hang });
    await fetching;
    api.clock.advance(feederDeadMs);
    await feed({ fetchImage: async () => ({ status: 200, headers: {}, body, truncated: false }) });
    expect(await untilEnd(id)).toMatchObject({ status: "completed", request_counts: { completed: 3, failed: 0 } });
    expect(await api.allJobs()).toHaveLength(3);
  });

  it("end as cancelled once their key is revoked, and draw no more", async () => {
    const { key, value: apiKey } = await api.apiKeys.createKey(api.account.id);
    const { id } = await new OpenAI({ baseURL: `${api.url}/v1`, apiKey }).batches.create(
      await batchOrder(client, [batchLine("a", {}), batchLine("b", {}), batchLine("c", {})]),
    );
    await feed();
    await feed({ window: 1 });
    await expect.poll(async () => (await api.allJobs())[0]?.status).toBe("succeeded");
    await api.apiKeys.revokeKey(api.account.id, key.id);
    const batch = await untilEnd(id);
    expect(batch).toMatchObject({
      status: "cancelled",
      request_counts: { completed: 1, failed: 0 },
      errors: { data: [{ code: "invalid_api_key" }] },
    });
    expect(await linesOf(client, batch.output_file_id)).toMatchObject([{ custom_id: "a" }]);
    expect(await api.allJobs()).toHaveLength(1);
  });

  it("pause where their key or account may spend no more, and go on once they may: no line is spoiled", async () => {
    const { key, value: apiKey } = await api.apiKeys.createKey(api.account.id);
    const lines = ["a", "b", "c"].map((name) => batchLine(name, {}));
    const { id } = await new OpenAI({ baseURL: `${api.url}/v1`, apiKey }).batches.create(
      await batchOrder(client, lines),
    );
    await api.apiKeys.changeKey(api.account.id, key.id, { limits: { monthlyCap: 1 } });
    for (let passes = 0; passes < 4; passes++) await feed();
    expect(await client.batches.retrieve(id)).toMatchObject({
      status: "in_progress",
      request_counts: { total: 3, completed: 0, failed: 0 },
      paused: { code: "spend_limit", message: expect.stringContaining("raise the cap") },
    });
    await api.apiKeys.changeKey(api.account.id, key.id, { limits: { monthlyCap: undefined } });
    await resume(id);
    expect(await untilEnd(id)).toMatchObject({ status: "completed", request_counts: { completed: 3 }, paused: null });

    const poor = await createBatch(lines);
    await new Accounts(api).setTerms(api.account.id, { unlimited: false });
    await feed();
    expect(await client.batches.retrieve(poor.id)).toMatchObject({ paused: { code: "insufficient_balance" } });
    expect(await feed(), "before its next check").toBe(0);
    await new Accounts(api).setTerms(api.account.id, { unlimited: true });
    api.clock.advance(5_000);
    expect(await untilEnd(poor.id)).toMatchObject({ status: "completed", request_counts: { completed: 3 } });
  });

  it("are tried again less and less often while they are paused, with one line, and may be cancelled then", async () => {
    await new Accounts(api).setTerms(api.account.id, { unlimited: false });
    const { id } = await createBatch(["a", "b"].map((name) => batchLine(name, {})));
    const checks: number[] = [];
    const began = api.clock.now();
    const counted: Items = {
      ...itemsOf(api),
      async get(key) {
        if (key.sk === "BALANCE") checks.push(Math.round((api.clock.now() - began) / 1_000));
        return api.items.get(key);
      },
    };
    for (let s = 0; s < 1_000; s++) {
      await feed({ items: counted });
      api.clock.advance(1_000);
    }
    expect([...new Set(checks)]).toEqual([0, 5, 15, 35, 75, 155, 315, 615, 915]);
    await client.batches.cancel(id);
    expect(await untilEnd(id)).toMatchObject({ status: "cancelled", request_counts: { completed: 0, failed: 0 } });
  });

  it("pause while the store of images does not answer, and lose no line", async () => {
    const put = vi.spyOn(api.objects, "put");
    const { id: file } = await client.files.create({
      file: await toFile(await plainPng(), "red.png"),
      purpose: "vision",
    });
    const { id } = await createBatch(["a", "b"].map((name) => batchLine(name, { image: file })));
    put.mockRejectedValue(new Error("no route to the store"));
    await feed();
    expect(await client.batches.retrieve(id)).toMatchObject({
      request_counts: { failed: 0 },
      paused: { code: "service_unavailable" },
    });
    put.mockRestore();
    await resume(id);
    expect(await untilEnd(id)).toMatchObject({ status: "completed", request_counts: { completed: 2, failed: 0 } });
  });

  it("give up a line that breaks its own submission three times, and draw those behind it", async () => {
    const { id } = await createBatch(["a", "b", "c"].map((name) => batchLine(name, { user: name })));
    const broken: Items = {
      ...itemsOf(api),
      async write(writes) {
        const row = writes.find(
          (write) => "put" in write && write.put.pk.startsWith("JOB#") && write.put.sk === "META",
        );
        if (JSON.stringify(row ?? "").includes('"custom_id":"a"')) throw new RangeError("a number cannot be stored");
        return api.items.write(writes);
      },
    };
    const jobs = createJobStore({ items: broken, clock: api.clock });
    for (let passes = 0; passes < 3; passes++) await feed({ jobs });
    const batch = await untilEnd(id);
    expect(batch).toMatchObject({ status: "completed", request_counts: { completed: 2, failed: 1 } });
    expect(await linesOf(client, batch.error_file_id)).toMatchObject([
      { custom_id: "a", response: { status_code: 500, body: { error: { code: "internal_error" } } } },
    ]);
  });

  it("fail when their input was deleted before it was read, and need it no more afterwards", async () => {
    const order = await batchOrder(
      client,
      ["a", "b"].map((name) => batchLine(name, {})),
    );
    const early = await client.batches.create(order);
    await client.files.delete(order.input_file_id);
    expect(await untilEnd(early.id)).toMatchObject({
      status: "failed",
      request_counts: { total: 0 },
      errors: { data: [{ code: "file_not_found" }] },
    });
    await expect(client.batches.create(order)).rejects.toMatchObject({ status: 404, code: "file_not_found" });
    const late = await createBatch(["a", "b"].map((name) => batchLine(name, {})));
    await client.files.delete(late.input_file_id);
    expect(await untilEnd(late.id)).toMatchObject({ status: "completed", request_counts: { completed: 2 } });
  });

  it("are fifty of an account at most that are not over", async () => {
    const order = await batchOrder(client, [batchLine("a", {})]);
    const made: string[] = [];
    for (let i = 0; i < maxOpenRuns; i++) made.push((await client.batches.create(order)).id);
    const once = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: api.key, maxRetries: 0 });
    await expect(once.batches.create(order)).rejects.toMatchObject({ status: 429, code: "batch_limit" });
    await client.batches.cancel(made[0]!);
    await untilEnd(made[0]!);
    expect((await once.batches.create(order)).status).toBe("validating");
  });

  it("refuse lines with what no request may hold", async () => {
    const nested = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
    const deep = batchLine("deep", {}).replace('"x"', nested);
    const { id } = await createBatch([
      batchLine("nul", { prompt: "a\0b" }),
      batchLine("half", { prompt: "\ud800" }),
      deep,
    ]);
    const { error_file_id } = await untilEnd(id);
    expect(await api.allJobs()).toEqual([]);
    expect(
      (await linesOf(client, error_file_id)).map(({ response }) => [response.status_code, response.body.error]),
    ).toMatchObject([
      [400, { code: "invalid_value", param: "prompt" }],
      [400, { code: "invalid_value", param: "prompt" }],
      [400, { code: "invalid_json" }],
    ]);
  });

  it("ask a slow server once for each line, and end a pass in time", async () => {
    const image = "https://slow.test/a";
    const { id } = await createBatch([batchLine("a", { image }), batchLine("b", { image }), batchLine("c", { image })]);
    let asked = 0;
    const fetchImage = async () => {
      asked++;
      api.clock.advance(15_000);
      throw new PipelineError("webhook_timeout", "slow.test did not respond within 15000 ms", { retryable: true });
    };
    expect(await feed({ fetchImage })).toBe(3);
    expect(await untilEnd(id)).toMatchObject({ status: "completed", request_counts: { failed: 3 } });
    expect(asked).toBe(3);
  });

  it("of one account with a silent image host delay none of another", async () => {
    const silent = { fetchImage: () => new Promise<never>(() => {}) };
    const lines = (image?: string) => Array.from({ length: 24 }, (_, i) => batchLine(`row-${i}`, { image }));
    for (let n = 0; n < 8; n++)
      await client.batches.create(await batchOrder(client, lines(`https://silent.test/${n}`)));
    const other = await api.apiKeys.createAccount("second", { unlimited: true });
    const { value: apiKey } = await api.apiKeys.createKey(other.id);
    const second = new OpenAI({ baseURL: `${api.url}/v1`, apiKey });
    const { id } = await second.batches.create(await batchOrder(second, lines()));
    const loop = new RunLoop(stepDependencies(api, silent), { follows: false });
    const isCompleted = async () => {
      await loop.startDue();
      return (await second.batches.retrieve(id)).status === "completed";
    };
    await vi.waitUntil(isCompleted, { interval: 5, timeout: 20_000 });
    expect((await second.batches.retrieve(id)).request_counts).toMatchObject({ completed: 24 });
  });
});
