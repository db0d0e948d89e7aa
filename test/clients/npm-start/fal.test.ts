import { createFalClient, type RequestMiddleware, ValidationError } from "@fal-ai/client";
import { describe, expect, it } from "vitest";
import { allJobs, key, longJob, spent, url, wrongKey } from "./account.ts";
import { plainImage, sizeUnder } from "./drawn-images.ts";

const id = "fal-ai/z-image/turbo";
const input = { prompt: "a red cup", image_size: { width: 128, height: 64 }, num_inference_steps: 2 };

function throughProxy(credentials: string) {
  return createFalClient({ credentials, proxyUrl: { url: `${url}/fal/proxy`, when: "always" } });
}

function throughMiddleware(credentials: string) {
  const hosts: { [host: string]: string } = { "fal.run": "run", "queue.fal.run": "queue", "rest.fal.ai": "rest" };
  const requestMiddleware: RequestMiddleware = async (request) => {
    const { host, pathname, search } = new URL(request.url);
    return { ...request, url: `${url}/fal/${hosts[host]}${pathname}${search}` };
  };
  return createFalClient({ credentials, requestMiddleware });
}

/** The image link in a result that the client types as unknown. */
function linkIn(data: unknown): string | undefined {
  return (data as { images: { url: string }[] }).images[0]?.url;
}

describe.each([
  ["proxyUrl", throughProxy],
  ["requestMiddleware", throughMiddleware],
])("through %s", (_, clientFor) => {
  const client = clientFor(key);

  it("runs", async () => {
    const { data } = await client.run(id, { input });
    expect(await sizeUnder(linkIn(data))).toEqual([128, 64]);
  });

  it("subscribes by polling and by a stream", async () => {
    for (const mode of ["polling", "streaming"] as const) {
      const seen: string[] = [];
      const { data } = await client.subscribe(id, { input, mode, onQueueUpdate: ({ status }) => seen.push(status) });
      expect(seen.at(-1)).toBe("COMPLETED");
      expect(await sizeUnder(linkIn(data))).toEqual([128, 64]);
    }
  });

  it("queues, asks, fetches", async () => {
    const { request_id: requestId } = await client.queue.submit(id, { input, priority: "low" });
    await client.queue.subscribeToStatus(id, { requestId, pollInterval: 50 });
    expect(await client.queue.status(id, { requestId, logs: true })).toMatchObject({ status: "COMPLETED" });
    const { data } = await client.queue.result(id, { requestId });
    expect(await sizeUnder(linkIn(data))).toEqual([128, 64]);
  });

  it("cancels what is drawn", async () => {
    const { prompt, width, height, steps, n } = longJob;
    const long = { prompt, image_size: { width, height }, num_inference_steps: steps, num_images: n };
    const { request_id: requestId } = await client.queue.submit(id, { input: long });
    const status = async () => (await client.queue.status(id, { requestId })).status;
    await expect.poll(status).toBe("IN_PROGRESS");
    await client.queue.cancel(id, { requestId });
    await expect.poll(status).toBe("COMPLETED");
    await expect(client.queue.result(id, { requestId })).rejects.toMatchObject({ status: 422 });
  });

  it("streams previews, then the result", async () => {
    const stream = await client.stream(id, { input: { ...input, num_inference_steps: 8 } });
    let events = 0;
    for await (const _ of stream) events++;
    expect(events).toBeGreaterThan(1);
    expect(await sizeUnder(linkIn(await stream.done()))).toEqual([128, 64]);
  });

  it("uploads an image, which is drawn over", async () => {
    const uploaded = await client.storage.upload(new Blob([await plainImage(96, 64)], { type: "image/png" }));
    expect(await sizeUnder(uploaded)).toEqual([96, 64]);
    const edit = { ...input, image_size: { width: 96, height: 64 }, image_url: uploaded };
    const { data } = await client.run(`${id}/image-to-image`, { input: edit });
    expect(await sizeUnder(linkIn(data))).toEqual([96, 64]);
  });

  it("refuses a wrong size and a wrong key, and charges nothing", async () => {
    const before = [await spent(), (await allJobs()).length];
    const wrong = { ...input, image_size: { width: 100, height: 64 } };
    await expect(client.run(id, { input: wrong })).rejects.toBeInstanceOf(ValidationError);
    await expect(client.queue.submit(id, { input: wrong })).rejects.toBeInstanceOf(ValidationError);
    await expect(clientFor(wrongKey).run(id, { input })).rejects.toMatchObject({ status: 401 });
    expect([await spent(), (await allJobs()).length]).toEqual(before);
  });
});
