import Replicate, { parseProgressFromLogs } from "replicate";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApiServer, openApiServer } from "../../../../test/support/api/api-server.ts";

/** The unchanged client against the API on a loopback socket. */

const model = "prunaai/z-image-turbo";
let api: ApiServer;
beforeEach(async () => {
  api = await openApiServer();
});
afterEach(() => api.close());

function client(auth = api.key) {
  return new Replicate({ baseUrl: `${api.url}/v1`, auth });
}

function failure(request: Promise<unknown>) {
  return request.then(
    () => undefined,
    (reason: unknown) => reason as Error & { response?: Response },
  );
}

describe("run", () => {
  it("gives the image's link, drawn as asked", async () => {
    const input = { prompt: "a teapot", width: 128, height: 64, seed: 7, num_inference_steps: 2, output_format: "png" };
    const output = await client().run(model, { input });
    const file = await fetch(String(output));
    expect(file.headers.get("content-type")).toBe("image/png");
    expect(await sharp(await file.arrayBuffer()).metadata()).toMatchObject({ width: 128, height: 64 });
    expect((await api.allJobs())[0]?.params).toMatchObject({ prompt: "a teapot", seed: 7, steps: 2, format: "png" });
  });

  it("gives a list for several images, in that model's own format and quality", async () => {
    const output = await client().run(model, { input: { prompt: "x", size: "64x64", num_outputs: 2 } });
    expect(output).toHaveLength(2);
    expect((await api.allJobs())[0]?.params).toMatchObject({ n: 2, format: "jpeg", quality: 80 });
  });

  it("takes a version in place of a name", async () => {
    const { latest_version } = await client().models.get("prunaai", "z-image-turbo");
    expect(await client().run(`${model}:${latest_version?.id}`, { input: { prompt: "x" } })).toMatch(/^http/);
  });

  it("is not lost when the wait runs out while it is drawn", async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    api.beforeDrawing(() => released);
    const seen: string[] = [];
    const options = { input: { prompt: "x" }, wait: { mode: "block", timeout: 5 } } as const;
    const output = client().run(model, options, ({ status }) => {
      seen.push(status);
      if (seen.length > 1) release();
    });
    expect(await output).toMatch(/^http/);
    expect(seen[0]).toBe("starting");
  });

  it("throws what made it fail", async () => {
    api.beforeDrawing(() => Promise.reject(new Error("out of memory")));
    await expect(client().run(model, { input: { prompt: "x" } })).rejects.toThrow("Prediction failed: out of memory");
    expect(await api.allJobs()).toHaveLength(1);
  });

  it("polls in poll mode, and streams links", async () => {
    const output = await client().run(model, { input: { prompt: "x" }, wait: { mode: "poll", interval: 5 } });
    expect(output).toMatch(/^http/);
    const events: string[] = [];
    for await (const { event, data } of client().stream(model, { input: { prompt: "x", num_outputs: 2 } })) {
      events.push(`${event} ${/^http.*\.jpeg/.test(String(data)) ? "link" : data}`);
    }
    expect(events).toEqual(["output link", "output link", "done {}"]);
  });
});

describe("predictions", () => {
  it("are created, found, listed by pages, with progress in their logs", async () => {
    const created = await client().predictions.create({ model, input: { prompt: "x", num_inference_steps: 4 } });
    expect(created).toMatchObject({ status: "starting", model: "Tongyi-MAI/Z-Image-Turbo", output: null, error: null });
    const done = await client().wait(created, { interval: 5 });
    expect(done).toMatchObject({ status: "succeeded", metrics: { predict_time: 0.012 } });
    expect(parseProgressFromLogs(done)).toEqual({ percentage: 1, current: 4, total: 4 });
    const ids: string[] = [];
    for await (const page of client().paginate(client().predictions.list)) ids.push(...page.map(({ id }) => id));
    expect(ids).toEqual([created.id]);
  });

  it("are canceled", async () => {
    await api.worker.stop();
    const { id } = await client().predictions.create({ model, input: { prompt: "x" } });
    expect(await client().predictions.cancel(id)).toMatchObject({ status: "canceled" });
  });

  it("keep what their webhook wants to hear of", async () => {
    const create = (filter: ("start" | "output" | "logs" | "completed")[] | undefined) =>
      client().predictions.create({
        model,
        input: { prompt: "x" },
        webhook: "http://127.0.0.1:1/hook",
        webhook_events_filter: filter,
      });
    for (const filter of [undefined, ["completed"], ["start"], ["output"], ["logs"]] as const) {
      await create(filter && [...filter]);
      api.clock.advance(1_000);
    }
    const ends = ["job.succeeded", "job.failed", "job.canceled", "job.expired"];
    const kept = (await api.allJobs()).map(({ webhook }) => webhook?.events).reverse();
    expect(kept).toEqual([["job.started", ...ends], ends, ["job.started"], ["job.succeeded"], undefined]);
    expect((await api.allJobs())[4]?.webhook?.form).toBe("replicate");
  });
});

describe("errors", () => {
  it.each([
    ["a wrong key", 401, "API key", {}, "not-one-of-our-keys"],
    [
      "a wrong size",
      422,
      "input.width must be a multiple of 16, got 100; try 96 or 112",
      { width: 100, height: 64 },
      undefined,
    ],
    ["a wrong field", 422, "unknown field input.foo", { foo: 1 }, undefined],
    [
      "a capability that is missing",
      422,
      "input.background is not supported",
      { background: "transparent" },
      undefined,
    ],
  ])("%s", async (_, status, text, input, key) => {
    const error = await failure(client(key).run(model, { input: { prompt: "x", ...input } }));
    expect(error?.response?.status).toBe(status);
    expect(error?.message).toContain(text);
    expect(await api.allJobs()).toEqual([]);
  });

  it("a model that is not served", async () => {
    const error = await failure(client().run("stability-ai/sdxl", { input: { prompt: "x" } }));
    expect(error?.response?.status).toBe(404);
  });
});

it("draws once when the connection is lost: the client sends the request again by itself", async () => {
  let drops = 0;
  api.beforeDrawing(async () => {
    if (drops++ === 0) api.dropConnections();
  });
  expect(await client().run(model, { input: { prompt: "x" } })).toMatch(/^http/);
  expect(api.requests.filter((request) => request.startsWith("POST")).length).toBeGreaterThan(1);
  expect((await api.allJobs()).map(({ status }) => status)).toEqual(["succeeded"]);
});

describe("models, files and the account", () => {
  it("are found", async () => {
    const listed = await client().models.list();
    expect(listed.results[0]).toMatchObject({ owner: "Tongyi-MAI", name: "Z-Image-Turbo" });
    const { results } = await client().models.versions.list("prunaai", "z-image-turbo");
    const version = results[0]!.id;
    expect(version).toMatch(/^[0-9a-f]{64}$/);
    expect(await client().models.versions.get("prunaai", "z-image-turbo", version)).toMatchObject({ id: version });
    expect(await client().accounts.current()).toMatchObject({ type: "user" });
    expect((await client().webhooks.default.secret.get()).key).toMatch(/^whsec_/);
  });

  it("files are stored, found, listed and deleted", async () => {
    const file = await client().files.create(new Blob([new Uint8Array([1, 2])], { type: "image/png" }), { shot: 1 });
    expect(file).toMatchObject({ content_type: "image/png", size: 2, metadata: { shot: "1" } });
    expect((await fetch(file.urls.get)).headers.get("content-type")).toBe("image/png");
    expect(await client().files.get(file.id)).toMatchObject({ id: file.id });
    expect((await client().files.list()).results).toHaveLength(1);
    expect(await client().files.delete(file.id)).toBe(true);
    expect((await failure(client().files.get(file.id)))?.response?.status).toBe(404);
  });
});
