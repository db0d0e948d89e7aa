import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { systemClock as clock } from "../shared/ports/clock.ts";
import { seededRandom } from "./support/seeded-random.ts";
import { StartProcess } from "./support/start-process.ts";

/*
 * The real tree of `npm start`, engine and all, under `kill -9` of its worker, of its API process or of both at random
 * moments, while jobs come in over HTTP and a client does what clients do: sends again, under the same idempotency key,
 * what was not answered. SEED=n takes that seed; the machine's own timing is not seeded, so a failure may need a few
 * runs to show again. `chaos/chaos.test.ts` kills single processes far more often; here every kill costs the start of a
 * real engine.
 */

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const jobCount = 200;
const minKills = 6;
const maxKills = 18;
/** A worker that only has to wait for the processor renews within this. */
const leaseMs = 4_000;
/** Mean pause between two kills, in milliseconds. */
const pauseMs = 1_000;
/** Longest time in which nothing happens at all. */
const patienceMs = 100_000;
/** A busy machine may take many times as long as a quiet one: what hangs is found by `patienceMs`. */
const timeoutMs = 1_200_000;
const key = "chaos-key-of-this-test";

interface SeenJob {
  readonly id: string;
  readonly status: string;
  readonly attempts: number;
  readonly error: { readonly code: string } | null;
  readonly images: { readonly url: string; readonly index: number }[];
  readonly metadata: { readonly n?: string };
}

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

it(`loses no accepted job and shows none twice when the tree is killed (seed ${seed})`, {
  timeout: timeoutMs,
}, async () => {
  const random = seededRandom(seed);
  const dataDir = mkdtempSync(join(tmpdir(), "chaos-local-"));
  cleanUps.push(() => rmSync(dataDir, { recursive: true, force: true }));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = { PORT: String(port), LOCAL_API_KEY: key, LEASE_MS: String(leaseMs), PREVIEWS: "0" };
  let pipeline = new StartProcess({ dataDir, env });
  cleanUps.push(() => pipeline.end("SIGKILL"));
  await pipeline.ready();

  const patience = new Patience();
  const submitting = submitAll(url, patience);
  let submitted = false;
  submitting.then(
    () => (submitted = true),
    () => {}, // awaited below
  );
  const interrupted = async () =>
    (await listJobs(url)).some(({ status, attempts }) => attempts > 1 || (status === "queued" && attempts > 0));
  let kills = 0;
  for (; kills < minKills || (kills < maxKills && !(await interrupted())); kills++) {
    patience.renew();
    await clock.sleep(2 * random() * pauseMs);
    // Jobs take a tenth of a second and starts take seconds: most kills at random alone would meet no job.
    while (!patience.isOver && !(await listJobs(url)).some(({ status }) => status === "running")) {
      if (submitted && !(await listJobs(url)).some(isUnderWay)) break;
      await clock.sleep(20);
    }
    const victim = ["worker", "api", "both"][Math.floor(random() * 3)];
    if (victim !== "api") for (const pid of pipeline.children("gpu-worker/main.ts")) process.kill(pid, "SIGKILL");
    if (victim === "worker") continue;
    await pipeline.end("SIGKILL");
    pipeline = new StartProcess({ dataDir, env });
    await pipeline.ready();
  }
  const accepted = await submitting;
  expect(new Set(accepted).size, "every job has an id of its own").toBe(jobCount);

  let listed = await listJobs(url);
  while (listed.some(isUnderWay) && !patience.isOver) {
    await clock.sleep(200);
    const before = listed.filter(isUnderWay).length;
    listed = await listJobs(url);
    if (listed.filter(isUnderWay).length < before) patience.renew();
  }
  // A job whose worker was killed twice is not tried on a third.
  const givenUp = listed.filter(({ status, error }) => status === "failed" && error?.code === "worker_lost");
  expect(givenUp.filter(({ attempts }) => attempts < 2)).toEqual([]);
  expect(givenUp.length).toBeLessThanOrEqual(kills / 2);
  const drawn = listed.filter(({ status }) => status === "succeeded");
  expect(listed.filter((job) => !drawn.includes(job) && !givenUp.includes(job))).toEqual([]);
  expect(listed.map(({ id }) => id).sort()).toEqual([...accepted].sort());
  expect(new Set(listed.map(({ metadata }) => metadata.n)).size).toBe(jobCount);
  for (const job of drawn) expect(job.images.map(({ index }) => index)).toEqual([0]);
  // Somebody was killed in the middle of a job, or the test has shown nothing.
  expect(listed.some(({ attempts }) => attempts > 1)).toBe(true);
  for (const job of [drawn[0]!, drawn.at(-1)!]) expect((await get(job.images[0]!.url)).ok).toBe(true);
  expect(await pipeline.end("SIGTERM")).toBe(0);
});

/** Waits for as long as something happens now and then. */
class Patience {
  #since = clock.now();

  renew(): void {
    this.#since = clock.now();
  }

  get isOver(): boolean {
    return clock.now() - this.#since > patienceMs;
  }
}

function isUnderWay({ status }: SeenJob): boolean {
  return status === "queued" || status === "running";
}

/** Four clients; each sends a job until it is answered with 202. */
async function submitAll(url: string, patience: Patience): Promise<string[]> {
  const ids: string[] = [];
  let next = 0;
  const client = async () => {
    for (let n = next++; n < jobCount; n = next++) ids.push(await submit(url, n, patience));
  };
  await Promise.all([client(), client(), client(), client()]);
  return ids;
}

async function submit(url: string, n: number, patience: Patience): Promise<string> {
  const request = {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", "idempotency-key": `job-${n}` },
    body: JSON.stringify({ prompt: `fox ${n}`, width: 64, height: 64, steps: 4, seed: n, metadata: { n: String(n) } }),
  };
  while (!patience.isOver) {
    // No answer: the API was killed before, while or after it took the job.
    const response = await fetch(`${url}/v1/jobs`, request).catch(() => undefined);
    const body = await response?.json().catch(() => undefined);
    if (response?.status === 202 && body) {
      patience.renew();
      return (body as SeenJob).id;
    }
    if (response && response.status !== 202)
      expect.fail(`job ${n} was answered ${response.status}: ${JSON.stringify(body)}`);
    await clock.sleep(50);
  }
  return expect.fail(`job ${n} was not accepted in time`);
}

async function listJobs(url: string): Promise<SeenJob[]> {
  const jobs: SeenJob[] = [];
  let cursor: string | null = null;
  do {
    const response = await get(
      `${url}/v1/jobs?limit=100${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    const page = (await response.json()) as { data: SeenJob[]; next_cursor: string | null };
    jobs.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return jobs;
}

function get(url: string): Promise<Response> {
  return fetch(url, { headers: { authorization: `Bearer ${key}` } });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  await once(server.close(), "close");
  return port;
}
