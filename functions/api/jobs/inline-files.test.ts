import { randomBytes } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FetchBudget } from "../../../shared/net/fetch-budget.ts";
import type { RequestBudget } from "../../../shared/net/request-budget.ts";
import { MemoryBudget } from "../../../shared/process/memory-budget.ts";
import { type ApiUnderTest, openApi, submitJob } from "../../../test/support/api/api-under-test.ts";
import { fastClock } from "../../../test/support/fast-clock.ts";
import type { JobResource } from "./job-responses.ts";

const maxMemory = 5_000_000;
let api: ApiUnderTest;
let budget: RequestBudget;
beforeEach(async () => {
  const clock = fastClock();
  const memory = new MemoryBudget({ clock, total: maxMemory, perAccount: maxMemory });
  budget = { memory, fetches: new FetchBudget({ clock }) };
  api = await openApi({ clock, budget });
});
afterEach(() => api.close());

async function drawn(body: object) {
  const { job } = await submitJob(api, { steps: 1, ...body });
  await api.worker.workOnce();
  return (await (await api.request("GET", `/v1/jobs/${job.id}`)).json()) as JobResource;
}

it("puts the files beside their links, in order, for a job that asked for base64", async () => {
  const { id, images } = await drawn({ n: 2, response: "b64" });
  const stored = (await api.jobs.get(id))!.images;
  for (const [i, { key }] of stored.entries()) {
    const { body } = (await api.objects.get(key))!;
    expect(Buffer.from(images[i]!.b64!, "base64").equals(body)).toBe(true);
    expect(images[i]!.url).toContain(encodeURI(key));
  }
  expect(images[0]!.b64).not.toBe(images[1]!.b64);
});

it("leaves them out of other jobs", async () => {
  const { images } = await drawn({});
  expect(images.map((image) => "b64" in image)).toEqual([false]);
});

/** A response with one file of `bytes` bytes. */
async function largeFile(bytes: number) {
  const { id } = await drawn({ response: "b64" });
  const [image] = (await api.jobs.get(id))!.images;
  const file = randomBytes(bytes);
  await api.objects.put(image!.key, file, { contentType: "image/png" });
  return { path: `/v1/jobs/${id}`, file, key: image!.key };
}

const heldBytes = 4 * 3 * 131_072;

it.each([1, 2, 3, 393_215, 393_216, 393_217, 1_200_000])("gives a file of %i bytes whole", async (bytes) => {
  const { path, file } = await largeFile(bytes);
  const { images } = (await (await api.request("GET", path)).json()) as JobResource;
  expect(Buffer.from(images[0]!.b64!, "base64").equals(file)).toBe(true);
  expect(budget.memory.taken).toBe(0);
});

it("reads a large file as it is taken, counts what it holds, and gives that back when the client goes", async () => {
  const { path } = await largeFile(5_000_000);
  const reader = (await api.request("GET", path)).body!.getReader();
  let read = 0;
  for (let i = 0; i < 3; i++) read += (await reader.read()).value!.length;
  // Time to read on, if it did.
  for (let turn = 0; turn < 50; turn++) await setImmediate();
  expect(read).toBeLessThan(2_000_000);
  expect(budget.memory.taken).toBe(heldBytes);
  await reader.cancel();
  await vi.waitUntil(() => budget.memory.taken === 0);
});

it("is refused, to be asked for again, while others hold the memory", async () => {
  const { path } = await largeFile(5_000_000);
  const held = budget.memory.open("acc_other");
  await held.grow(maxMemory - heldBytes + 1);
  const response = await api.request("GET", path);
  expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
  held.close();
  expect((await api.request("GET", path)).status).toBe(200);
});

it("fails before anything is sent when a file is missing", async () => {
  const { path, key } = await largeFile(10);
  await api.objects.delete(key);
  expect((await api.request("GET", path)).status).toBe(500);
  expect(budget.memory.taken).toBe(0);
});
