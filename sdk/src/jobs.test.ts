import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { api, client, request, serveSdk } from "../../test/support/api/sdk-under-test.ts";
import { collect } from "../../test/support/collect.ts";
import { JobError, TimeoutError } from "./errors.ts";

serveSdk();

describe("jobs", () => {
  it("are created, waited for and downloaded", async () => {
    const job = await client().jobs.create({ ...request, n: 2 });
    const done = await job.wait();
    expect(done).toMatchObject({ id: job.id, status: "succeeded", params: { seed: 5, steps: 2 } });
    const images = await job.download();
    expect(images.map(({ image }) => [image.index, image.seed])).toEqual([
      [0, 5],
      [1, 6],
    ]);
    for (const { bytes } of images) {
      const { width, height } = await sharp(bytes).metadata();
      expect([width, height]).toEqual([128, 64]);
    }
  });

  it("are waited for in one expression", async () => {
    expect((await client().jobs.create(request).wait()).images).toHaveLength(1);
  });

  it("that fail reject with their error", async () => {
    api.beforeDrawing(async () => {
      throw new Error("the engine has a cold");
    });
    const job = await client().jobs.create(request);
    const error = await job.wait().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(JobError);
    expect(error).toMatchObject({ code: "engine_failed", job: { id: job.id, status: "failed" } });
  });

  it("are cancelled", async () => {
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    api.beforeDrawing(() => over);
    const [running, waiting] = [await client().jobs.create(request), await client().jobs.create(request)];
    await expect.poll(async () => (await running.refresh()).status).toBe("running");
    expect(await waiting.cancel()).toMatchObject({ status: "canceled" });
    await expect(waiting.wait()).rejects.toMatchObject({ name: "JobError", code: "canceled" });
    end();
  });

  it("can be waited for no longer than one likes, and go on", async () => {
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    api.beforeDrawing(() => over);
    const job = await client().jobs.create(request);
    await expect(job.wait({ timeoutMs: 50 })).rejects.toThrow(TimeoutError);
    const aborted = new AbortController();
    const waiting = job.wait({ signal: aborted.signal, onEvent: () => aborted.abort(new Error("enough")) });
    await expect(waiting).rejects.toThrow("enough");
    end();
    expect((await job.wait()).status).toBe("succeeded");
  });

  it("are listed page by page", async () => {
    const made: string[] = [];
    for (let i = 0; i < 5; i++) {
      api.clock.advance(1);
      made.unshift((await client().jobs.create({ ...request, metadata: { shop: i < 4 ? "a" : "b" } })).id);
    }
    const list = client().jobs.list({}, { pageSize: 2 });
    expect((await collect(list)).map(({ id }) => id)).toEqual(made);
    const sizes = (await collect(list.pages())).map(({ data }) => data.length);
    expect(sizes.filter((size) => size > 0)).toEqual([2, 2, 1]);
    const ofA = client().jobs.list({ metadata: { shop: "a" } }, { pageSize: 100 });
    expect((await collect(ofA)).map(({ id }) => id)).toEqual(made.slice(1));
  });
});
