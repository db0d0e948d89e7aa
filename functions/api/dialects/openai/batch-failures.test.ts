import OpenAI from "openai";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PipelineError } from "../../../../shared/errors.ts";
import { Accounts } from "../../../../shared/money/accounts.ts";
import { type ApiServer, openApiServer } from "../../../../test/support/api/api-server.ts";
import { batchLine, batchOrder, feedOnce, linesOf, untilOver } from "../../../../test/support/api/openai-batches.ts";

let api: ApiServer;
let client: OpenAI;
beforeEach(async () => {
  api = await openApiServer();
  client = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: api.key });
});
afterEach(() => api.close());

const feed = (given?: Parameters<typeof feedOnce>[1]) => feedOnce(api, given);
const createBatch = async (lines: string[]) => client.batches.create(await batchOrder(client, lines));
const untilEnd = (id: string) => untilOver(api, client, id);

function redPicture(background = "red") {
  return sharp({ create: { width: 64, height: 64, channels: 4, background } })
    .png()
    .toBuffer();
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
    const body = await redPicture();
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
    api.clock.advance(60_000);
    release();
    await expect.poll(async () => (await api.allJobs()).map(({ status }) => status)).toEqual(["succeeded"]);
    const batch = await untilEnd(id);
    expect(batch).toMatchObject({ status: "cancelled", request_counts: { completed: 1, failed: 0 } });
    expect(await linesOf(client, batch.output_file_id)).toMatchObject([{ custom_id: "a" }]);
  });

  it("go on after a feeder that died, and draw each line once", async () => {
    const body = await redPicture();
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
    api.clock.advance(60_000);
    await feed({ fetchImage: async () => ({ status: 200, headers: {}, body, truncated: false }) });
    expect(await untilEnd(id)).toMatchObject({ status: "completed", request_counts: { completed: 3, failed: 0 } });
    expect(await api.allJobs()).toHaveLength(3);
  });

  it("end as cancelled once their key is revoked, and draw no more", async () => {
    const { key, value: apiKey } = await api.apiKeys.createKey(api.account.id);
    const { id } = await new OpenAI({ baseURL: `${api.url}/v1`, apiKey }).batches.create(
      await batchOrder(client, [batchLine("a", {}), batchLine("b", {}), batchLine("c", {})]),
    );
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

  it("keep to the limits that their key and account have now", async () => {
    const { key, value: apiKey } = await api.apiKeys.createKey(api.account.id);
    const { id } = await new OpenAI({ baseURL: `${api.url}/v1`, apiKey }).batches.create(
      await batchOrder(client, [batchLine("a", {}), batchLine("b", {})]),
    );
    await api.apiKeys.changeKey(api.account.id, key.id, { limits: { monthlyCap: 1 } });
    expect((await untilEnd(id)).request_counts).toMatchObject({ completed: 0, failed: 2 });
    const other = await createBatch([batchLine("a", {})]);
    await new Accounts(api).setTerms(api.account.id, { unlimited: false });
    expect((await untilEnd(other.id)).request_counts).toMatchObject({ completed: 0, failed: 1 });
    expect(await api.allJobs()).toEqual([]);
  });

  it("end with what is finished when their input is deleted", async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    let drawn = 0;
    api.beforeDrawing(async () => {
      if (drawn++ > 0) await released;
    });
    const { id, input_file_id } = await createBatch(["a", "b", "c"].map((name) => batchLine(name, {})));
    await feed({ window: 2 });
    await expect.poll(() => drawn).toBe(2);
    await client.files.delete(input_file_id);
    await feed({ window: 2 });
    await feed({ window: 2 });
    expect(await client.batches.retrieve(id)).toMatchObject({
      status: "in_progress",
      request_counts: { completed: 1 },
    });
    release();
    const batch = await untilEnd(id);
    expect(batch).toMatchObject({
      status: "failed",
      request_counts: { total: 3, completed: 2, failed: 0 },
      errors: { data: [{ code: "file_not_found" }] },
    });
    expect(await linesOf(client, batch.output_file_id)).toMatchObject([{ custom_id: "a" }, { custom_id: "b" }]);
  });

  it("need no input any more once every line is a job", async () => {
    const { id, input_file_id } = await createBatch([batchLine("a", {})]);
    await feed();
    await client.files.delete(input_file_id);
    expect(await untilEnd(id)).toMatchObject({ status: "completed", request_counts: { completed: 1 } });
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
      throw new PipelineError("webhook_timeout", "slow.test did not answer within 15000 ms", { retryable: true });
    };
    expect(await feed({ fetchImage })).toBe(1);
    expect(await client.batches.retrieve(id)).toMatchObject({ status: "in_progress", request_counts: { failed: 1 } });
    expect([await feed({ fetchImage }), await feed({ fetchImage })]).toEqual([1, 1]);
    expect(await client.batches.retrieve(id)).toMatchObject({ status: "completed", request_counts: { failed: 3 } });
    expect(asked).toBe(3);
  });
});
