import { request as httpRequest } from "node:http";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FetchBudget } from "../../../shared/net/fetch-budget.ts";
import { systemClock } from "../../../shared/ports/clock.ts";
import { MemoryBudget } from "../../../shared/process/memory-budget.ts";
import { type ApiServer, openApiServer } from "../../../test/support/api/api-server.ts";
import { readProblem } from "../../../test/support/api/api-under-test.ts";

const memory = new MemoryBudget({ clock: systemClock, total: 1_000_000, perAccount: 1_000_000, waitMs: 200 });
const budget = { memory, fetches: new FetchBudget({ clock: systemClock }) };
let api: ApiServer;
beforeEach(async () => {
  api = await openApiServer({ budget });
});
afterEach(() => api.close());

const until = (condition: () => boolean | Promise<boolean>) =>
  vi.waitUntil(condition, { interval: 5, timeout: 30_000 });

const post = (body: string) =>
  fetch(`${api.url}/v1/jobs`, {
    method: "POST",
    headers: { authorization: `Bearer ${api.key}`, "content-type": "application/json" },
    body,
  });

/** A request whose body is announced and sent in part. */
async function sendPart(bytes: number) {
  const request = httpRequest(`${api.url}/v1/jobs`, {
    method: "POST",
    headers: { authorization: `Bearer ${api.key}`, "content-type": "application/json", "content-length": 2_000_000 },
  });
  request.on("error", () => {});
  request.write(Buffer.alloc(bytes, " "));
  await until(() => memory.taken >= 2 * bytes);
  return request;
}

it("refuses a body for which there is no memory, and takes it once there is", async () => {
  const body = JSON.stringify({ prompt: "a teapot", size: "64x64", metadata: {} }).padEnd(200_000);
  const slow = await sendPart(200_000);
  const refused = await post(body);
  expect(refused.status).toBe(503);
  expect(refused.headers.get("retry-after")).toBe("5");
  expect(await readProblem(refused)).toMatchObject({ code: "service_busy", retryable: true });
  // Small bodies wait for nobody.
  expect((await post(JSON.stringify({ prompt: "a cup", size: "64x64" }))).status).toBe(202);
  slow.destroy();
  await until(() => memory.taken === 0);
  expect((await post(body)).status).toBe(202);
  expect(memory.taken).toBe(0);
});

it("gives the memory of a body back once its job is accepted, though the response waits for the result", async () => {
  const { promise: drawn, resolve: draw } = Promise.withResolvers<void>();
  api.beforeDrawing(() => drawn);
  const waits = fetch(`${api.url}/v1/jobs`, {
    method: "POST",
    headers: { authorization: `Bearer ${api.key}`, "content-type": "application/json", prefer: "wait=300" },
    body: JSON.stringify({ prompt: "a teapot", size: "64x64" }).padEnd(100_000),
  });
  await until(async () => (await api.allJobs()).length > 0);
  let answered = false;
  void waits.then(() => {
    answered = true;
  });
  await until(() => memory.taken === 0);
  expect(answered).toBe(false);
  draw();
  expect([200, 202]).toContain((await waits).status);
});

it("counts a body of unknown length as it arrives", async () => {
  const request = httpRequest(`${api.url}/v1/jobs`, {
    method: "POST",
    headers: { authorization: `Bearer ${api.key}`, "content-type": "application/json" },
  });
  const response = new Promise<number | undefined>((resolve, reject) => {
    request.on("response", ({ statusCode }) => resolve(statusCode)).on("error", reject);
  });
  for (let sent = 0; sent < 900_000; sent += 50_000) request.write(Buffer.alloc(50_000, " "));
  // More than the memory that there is, which is less than the limit on bodies here.
  expect(await response).toBe(503);
  request.destroy();
});
