import { ApiError, createFalClient, ValidationError } from "@fal-ai/client";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApiServer, openApiServer } from "../support/api/api-server.ts";

/** The unchanged client, by both ways of pointing it here. */

const id = "fal-ai/z-image/turbo";
let api: ApiServer;
beforeEach(async () => {
  api = await openApiServer();
});
afterEach(() => api.close());

function throughProxy(credentials = api.key) {
  return createFalClient({ credentials, proxyUrl: { url: `${api.url}/fal/proxy`, when: "always" } });
}

function throughMiddleware(credentials = api.key) {
  const hosts: { [host: string]: string } = { "fal.run": "run", "queue.fal.run": "queue", "rest.fal.ai": "rest" };
  return createFalClient({
    credentials,
    requestMiddleware: async (request) => {
      const { host, pathname, search } = new URL(request.url);
      return { ...request, url: `${api.url}/fal/${hosts[host]}${pathname}${search}` };
    },
  });
}

const input = { prompt: "a teapot", image_size: { width: 128, height: 64 }, seed: 7, num_inference_steps: 2 };

interface Result {
  readonly images: { readonly url: string; readonly width: number; readonly content_type: string }[];
  readonly seed: number;
  readonly prompt: string;
}

describe.each([
  ["proxyUrl", throughProxy],
  ["requestMiddleware", throughMiddleware],
])("through %s", (_, client) => {
  it("runs", async () => {
    const { data, requestId } = await client().run(id, { input });
    const { images, seed } = data as Result;
    expect(images).toMatchObject([{ width: 128, height: 64, content_type: "image/png" }]);
    const file = await fetch(images[0]!.url);
    expect(await sharp(await file.arrayBuffer()).metadata()).toMatchObject({ format: "png", width: 128, height: 64 });
    expect(seed).toBe(7);
    expect(requestId).toBe((await api.allJobs())[0]?.id);
  });

  it("subscribes: submits, polls with logs, and fetches the result", async () => {
    const seen: string[] = [];
    const { data } = await client().subscribe(id, {
      input,
      logs: true,
      pollInterval: 10,
      onQueueUpdate: ({ status }) => seen.push(status),
    });
    expect((data as Result).images).toHaveLength(1);
    expect(seen.at(-1)).toBe("COMPLETED");
  });

  it("subscribes by a stream of status events", async () => {
    const seen: string[] = [];
    await client().subscribe(id, { input, mode: "streaming", onQueueUpdate: ({ status }) => seen.push(status) });
    expect(seen.at(-1)).toBe("COMPLETED");
  });

  it("submits, finds and cancels", async () => {
    await api.worker.stop();
    const { request_id: requestId, ...submitted } = await client().queue.submit(id, { input, priority: "low" });
    expect(submitted.status_url).toBe(`${api.url}/fal/queue/fal-ai/z-image/requests/${requestId}/status`);
    expect(await client().queue.status(id, { requestId })).toMatchObject({ status: "IN_QUEUE", request_id: requestId });
    await client().queue.cancel(id, { requestId });
    expect(await client().queue.status(id, { requestId })).toMatchObject({ status: "COMPLETED" });
    await expect(client().queue.result(id, { requestId })).rejects.toMatchObject({ status: 422 });
    await expect(client().queue.cancel(id, { requestId })).rejects.toMatchObject({ status: 400 });
  });

  it("streams previews, then the result", async () => {
    const stream = await client().stream(id, { input });
    const seen: Result[] = [];
    for await (const event of stream) seen.push(event as Result);
    expect(seen).toHaveLength(3);
    expect(((await stream.done()) as Result).seed).toBe(7);
  });

  it("uploads", async () => {
    const url = await client().storage.upload(new Blob([new Uint8Array([1, 2, 3])], { type: "image/png" }));
    const file = await fetch(url);
    expect([file.headers.get("content-type"), (await file.arrayBuffer()).byteLength]).toEqual(["image/png", 3]);
  });
});

describe("errors", () => {
  it.each([
    ["a wrong size", { prompt: "x", image_size: { width: 100, height: 64 } }, "image_size", "width must be a multiple"],
    ["a wrong value", { prompt: "x", num_inference_steps: 0 }, "num_inference_steps", "at least 1"],
    ["a missing prompt", { num_inference_steps: 1 }, "prompt", "is required"],
    ["a wrong field", { prompt: "x", foo: 1 }, "foo", "unknown field"],
    ["a capability that is missing", { prompt: "x", background: "transparent" }, "background", "not supported"],
  ])("%s", async (_, wrong, field, text) => {
    const error = await throughProxy()
      .run(id, { input: wrong as never })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ValidationError);
    expect((error as ValidationError).getFieldErrors(field)[0]?.msg).toContain(text);
    expect(await api.allJobs()).toEqual([]);
  });

  it("a task that the model lacks, by its name", async () => {
    await expect(
      throughProxy().run("fal-ai/z-image/turbo/controlnet", { input: input as never }),
    ).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining("controlnet is not supported"),
    });
  });

  it("a wrong key, a wrong model", async () => {
    await expect(throughProxy("not-one-of-our-keys").run(id, { input })).rejects.toMatchObject({ status: 401 });
    await expect(throughProxy().run("fal-ai/flux/dev", { input })).rejects.toBeInstanceOf(ApiError);
  });

  it("a failed job is told once, by run, by subscribe and by a stream", async () => {
    api.beforeDrawing(() => Promise.reject(new Error("out of memory")));
    await expect(throughProxy().run(id, { input })).rejects.toMatchObject({ status: 422, message: "out of memory" });
    await expect(throughProxy().subscribe(id, { input, pollInterval: 10 })).rejects.toMatchObject({ status: 422 });
    const stream = await throughProxy().stream(id, { input });
    await expect(stream.done()).rejects.toBeInstanceOf(ApiError);
    expect(await api.allJobs()).toHaveLength(3);
  });

  it("never fetches what the proxy header names", async () => {
    for (const target of ["http://127.0.0.1:1/x", "https://fal.run.evil.test/x", "https://fal.run@evil.test/x", "x"]) {
      const answer = await fetch(`${api.url}/fal/proxy`, {
        method: "POST",
        headers: { authorization: `Key ${api.key}`, "content-type": "application/json", "x-fal-target-url": target },
        body: JSON.stringify(input),
      });
      expect([target, answer.status]).toEqual([target, 422]);
    }
  });
});

it("draws once when the connection is lost, whichever side retries", async () => {
  let drops = 0;
  api.beforeDrawing(async () => {
    if (drops++ === 0) api.dropConnections();
  });
  const draw = () => throughProxy().run(id, { input });
  const { data } = await draw().catch(draw);
  expect((data as Result).images).toHaveLength(1);
  expect(api.requests.length).toBeGreaterThan(1);
  expect(await api.allJobs()).toHaveLength(1);
});
