import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi, readProblem } from "../../../test/support/api/api-under-test.ts";
import { fastClock } from "../../../test/support/fast-clock.ts";
import { createMemoryObjects } from "../../../test/support/memory-objects.ts";

const png =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

let free: number;
let isFull: boolean;
let api: ApiUnderTest;

beforeEach(async () => {
  [free, isFull] = [1e9, false];
  const clock = fastClock();
  const kept = createMemoryObjects({ clock });
  const put: typeof kept.put = async (...given) => {
    if (isFull) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    return kept.put(...given);
  };
  api = await openApi({ clock, objects: { ...kept, put }, freeDiskBytes: async () => free });
});
afterEach(() => api.close());

const health = async () => (await api.app.request("/healthz")).json();

it("names a disk with no room left, before a request needs it", async () => {
  expect(await health()).toEqual({ status: "ok" });
  expect((await api.app.request("/readyz")).status).toBe(200);
  free = 1_000_000;
  expect(await health()).toEqual({ status: "degraded", problems: ["the disk is full"] });
  const ready = await api.app.request("/readyz");
  expect([ready.status, await ready.json()]).toMatchObject([503, { checks: { disk: { ok: false } } }]);
});

it("says so to the client whose request found it full, charges nothing, and remembers it for a minute", async () => {
  isFull = true;
  const submit = (headers = {}) => api.request("POST", "/v1/jobs", { prompt: "x", image: png }, headers);
  expect(await readProblem(await submit())).toMatchObject({
    status: 507,
    code: "storage_full",
    detail: expect.stringContaining("the disk of this service is full: nothing was recorded and nothing is charged"),
    retryable: true,
  });
  expect(await readProblem(await submit({ "accept-language": "zh" }))).toMatchObject({
    detail: expect.stringContaining("磁盘已满"),
  });
  expect((await api.jobs.list({ accountId: api.account.id, limit: 5 })).jobs).toEqual([]);
  expect(await (await api.request("GET", "/v1/balance")).json()).toMatchObject({ held: 0, available: 0 });
  expect(await health()).toMatchObject({ status: "degraded" });
  api.clock.advance(60_000);
  expect(await health()).toEqual({ status: "ok" });
});

it("logs a full disk as a refusal, at most twenty lines a second, without a stack for each", async () => {
  isFull = true;
  for (let i = 0; i < 60; i++) await api.request("POST", "/v1/jobs", { prompt: "x", image: png });
  expect(api.logged.filter((line) => line.includes("request failed"))).toEqual([]);
  const refused = api.logged.filter((line) => /^warn request refused .*"code":"storage_full"/.test(line));
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThan(60);
});
