import { Hono } from "hono";
import { expect, it, vi } from "vitest";
import type { Job } from "../../../shared/job.ts";
import { sampleJob } from "../../../test/support/api/sample-job.ts";
import { manualClock } from "../../../test/support/manual-clock.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import type { ApiError } from "../problems/api-error.ts";
import { type HoldOptions, holdResponse, quietMs } from "./hold-response.ts";

/** A response held for a job, which the test ends when it likes. */
function hold(options: Partial<HoldOptions> = {}, longestResponseMs?: number, waiting = 1) {
  const clock = manualClock();
  const job = { ...sampleJob("1", clock.now()) } as { -readonly [Field in keyof Job]: Job[Field] };
  const logged: string[] = [];
  const log = (_level: string, message: string) => void logged.push(message);
  const dependencies = {
    clock,
    log,
    longestResponseMs,
    items: { query: async () => ({ items: [] }) },
    queueView: { waiting: async () => waiting },
    jobs: { get: async () => ({ ...job }) },
  } as unknown as RouteDependencies;
  const result = (ended: Job) => {
    if (ended.status === "failed") throw new Error("the job failed");
    return { status: ended.status };
  };
  const app = new Hono<ApiEnv>().get("/", (c) => {
    c.set("errorResponse", (error) => c.json({ error: (error as ApiError).code }, 504));
    return holdResponse(c, { ...job }, { result, ...options }, dependencies);
  });
  app.onError((error, c) => c.text(error.message, 422));
  return { clock, job, logged, response: Promise.resolve(app.request("/")) };
}

/** Lets `held` go through `ms` of its clock, however many sleeps that are. */
async function pass({ clock }: ReturnType<typeof hold>, ms: number) {
  for (let passed = 0; passed < ms; passed += 500) {
    clock.advance(500);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }
}

it("answers a quick job as one piece of JSON", async () => {
  const held = hold({ status: 201 });
  held.job.status = "succeeded";
  await pass(held, 1_000);
  const response = await held.response;
  expect([response.status, await response.text()]).toEqual([201, '{"status":"succeeded"}']);
});

it("gives a job that fails within the quiet time its own status", async () => {
  const held = hold();
  held.job.status = "failed";
  await pass(held, 1_000);
  const response = await held.response;
  expect([response.status, await response.text()]).toEqual([422, "the job failed"]);
});

it("keeps a long response alive with spaces, and it is JSON in the end", async () => {
  const held = hold();
  await pass(held, quietMs + 500);
  const response = await held.response;
  expect(response.status).toBe(200);
  const reading = response.text();
  await pass(held, 25_000);
  held.job.status = "succeeded";
  await pass(held, 11_000);
  const text = await reading;
  expect(text).toMatch(/^ {3,4}\{/);
  expect(JSON.parse(text)).toEqual({ status: "succeeded" });
});

it("cuts the connection when a job fails after that, and logs it", async () => {
  const held = hold({ quietMs: 0 });
  await pass(held, 500);
  const reading = (await held.response).text();
  const cut = expect(reading).rejects.toThrow();
  held.job.status = "failed";
  await pass(held, 11_000);
  await cut;
  await vi.waitUntil(() => held.logged.length > 0);
  expect(held.logged).toEqual(["response cut off"]);
});

it("answers at `until` with the job as it is", async () => {
  const until = Date.now() + 3_000;
  const held = hold({ until });
  await pass(held, until - held.clock.now() + 500);
  expect(await (await held.response).json()).toEqual({ status: "queued" });
});

it("ends with the API's own words where it may not be held any longer, and logs no failure", async () => {
  const held = hold({}, 60_000);
  await pass(held, quietMs + 500);
  const reading = (await held.response).text();
  await pass(held, 50_000);
  expect(JSON.parse(await reading)).toEqual({ error: "still_running" });
  expect(held.logged).toEqual([]);
});

it("does not hold a response on AWS behind a long queue while no worker is up, and says so at once", async () => {
  const held = hold({}, 570_000, 6);
  await pass(held, 500);
  const response = await held.response;
  expect(response.status).toBe(422);
  expect(await response.text()).toContain("no worker is up yet");
  // Who asked for the job as it is at some time has it now.
  const asItIs = hold({ until: Date.now() + 60_000 }, 570_000, 6);
  await pass(asItIs, 500);
  expect(await (await asItIs.response).json()).toEqual({ status: "queued" });
  const first = hold({}, 570_000, 5);
  await pass(first, quietMs + 500);
  expect((await first.response).status).toBe(200);
});
