import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import sharp from "sharp";
import { afterEach, expect, it } from "vitest";
import { FetchBudget } from "../../../shared/net/fetch-budget.ts";
import { systemClock } from "../../../shared/ports/clock.ts";
import { MemoryBudget } from "../../../shared/process/memory-budget.ts";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";

const megabyte = 1_000_000;
const png = await sharp({ create: { width: 64, height: 64, channels: 3, background: "#123456" } })
  .png()
  .toBuffer();
/** Image files are read to their end, whatever stands behind the image. */
const largeImage = Buffer.concat([png, Buffer.alloc(20 * megabyte - png.length)]);

const newBudget = () => ({
  memory: new MemoryBudget({ clock: systemClock, waitMs: 1_000 }),
  fetches: new FetchBudget({ clock: systemClock, waitMs: 1_000 }),
});

let api: ApiUnderTest;
let underWay = 0;
let mostUnderWay = 0;
const host = createServer((request, response) => {
  mostUnderWay = Math.max(mostUnderWay, ++underWay);
  response.on("close", () => underWay--);
  if (request.url?.startsWith("/large")) response.end(largeImage);
  else if (request.url?.startsWith("/small")) response.end(png);
});
await once(host.listen(0, "127.0.0.1"), "listening");
const address = (path: string) => `http://127.0.0.1:${(host.address() as AddressInfo).port}/${path}`;
afterEach(async () => {
  await api.close();
  host.closeAllConnections();
  if (!host.listening) host.close();
});

const connectionsOf = (server: Server) =>
  new Promise<number>((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });

const submit = (image: string, i: number) =>
  api.request("POST", "/v1/jobs", { prompt: `a teapot ${i}`, size: "64x64", image });

it("fetches a hundred large images of one account within its share of the memory, and charges what it refuses nothing", async () => {
  const budget = newBudget();
  api = await openApi({ localMode: true, budget });
  const responses = Array.from({ length: 100 }, (_, i) => submit(address(`large/${i}.png`), i));
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, budget.memory.taken);
  }, 1);
  const statuses: number[] = [];
  for (const response of await Promise.all(responses)) {
    statuses.push(response.status);
    if (response.status === 202) continue;
    expect([429, 503]).toContain(response.status);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
  }
  clearInterval(watch);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(64 * megabyte);
  expect(mostUnderWay).toBeLessThanOrEqual(4);
  const accepted = statuses.filter((status) => status === 202).length;
  // The oldest always gets through.
  expect(accepted).toBeGreaterThanOrEqual(1);
  expect((await api.jobs.list({ accountId: api.account.id, limit: 100 })).jobs).toHaveLength(accepted);
  expect(budget.memory.taken).toBe(0);
}, 60_000);

it("lets another account fetch beside one whose host is silent", async () => {
  const budget = newBudget();
  api = await openApi({ localMode: true, budget });
  let waiting = 0;
  const silent = createServer(() => void waiting++);
  await once(silent.listen(0, "127.0.0.1"), "listening");
  try {
    const { port } = silent.address() as AddressInfo;
    const stuck = Array.from({ length: 30 }, (_, i) => submit(`http://127.0.0.1:${port}/${i}.png`, i));
    const other = await api.apiKeys.createAccount("second", { unlimited: true });
    const { value: key } = await api.apiKeys.createKey(other.id);
    const response = await api.app.request("/v1/jobs", {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ prompt: "a cup", size: "64x64", image: address("small.png") }),
    });
    expect(response.status).toBe(202);
    // Beside them, not after them: the silent host has let go of none.
    expect(waiting).toBeGreaterThan(0);
    expect(await connectionsOf(silent)).toBe(waiting);
    silent.close();
    silent.closeAllConnections();
    const statuses = new Set((await Promise.all(stuck)).map(({ status }) => status));
    expect([...statuses].sort()).toEqual([400, 429]);
  } finally {
    silent.closeAllConnections();
  }
}, 60_000);
