import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import type { JobStore } from "../../shared/jobs/job-store.ts";
import type { Items } from "../../shared/ports/items.ts";
import { sampleJob } from "../../test/support/api/sample-job.ts";
import { openTaskProtection, protectWhileHeld } from "./task-protection.ts";

let items: Items;
let jobs: JobStore;
let server: Server | undefined;

beforeEach(() => {
  items = openEmbeddedItems(":memory:");
  jobs = createJobStore({ items });
});
afterEach(async () => {
  await items.close();
  server?.close().closeAllConnections();
  server = undefined;
});

async function claim(store: JobStore, id = "job_1") {
  await store.submit({ job: { ...sampleJob("x", Date.now()), id } });
  const claimed = await store.claim(id, "w1");
  if (claimed.outcome !== "claimed") throw new Error(claimed.outcome);
  return claimed.job;
}

async function listen(answer: Parameters<typeof createServer>[1]): Promise<string> {
  server = createServer(answer!);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("task protection", () => {
  const errors: unknown[] = [];
  const result = { images: [], warnings: [], inferenceMs: 1 };

  it("holds from the claim to the end, renewed by heartbeats", async () => {
    const set: (number | undefined)[] = [];
    const protection = { set: async (minutes: number | undefined) => void set.push(minutes) };
    const store = protectWhileHeld(jobs, protection, { leaseMs: 120_000, onError: (error) => errors.push(error) });
    const held = await claim(store);
    await store.succeed(await store.heartbeat(held), result);
    expect(set).toEqual([3, 3, undefined]);
    expect((await store.claim("job_1", "w2")).outcome).toBe("over");
    expect(set.slice(3)).toEqual([3, undefined]);
  });

  it("goes though the settling failed, and never gets into a job's way", async () => {
    const set: (number | undefined)[] = [];
    const protection = {
      async set(minutes: number | undefined) {
        set.push(minutes);
        throw new Error("agent down");
      },
    };
    const store = protectWhileHeld(jobs, protection, { leaseMs: 60_000, onError: (error) => errors.push(error) });
    const held = await claim(store);
    await store.giveBack(held);
    await expect(store.succeed(held, result)).rejects.toThrow();
    expect(set).toEqual([2, undefined, undefined]);
    expect(errors.length).toBe(3);
  });

  it("speaks to the agent as ECS wants it", async () => {
    const bodies: string[] = [];
    const url = await listen(async (request, response) => {
      bodies.push(`${request.method} ${request.url} ${await text(request)}`);
      response.end("{}");
    });
    await openTaskProtection(url).set(3);
    await openTaskProtection(url).set(undefined);
    expect(bodies).toEqual([
      'PUT /task-protection/v1/state {"ProtectionEnabled":true,"ExpiresInMinutes":3}',
      'PUT /task-protection/v1/state {"ProtectionEnabled":false}',
    ]);
  });
});
