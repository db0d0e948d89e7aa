import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ulid } from "ulid";
import { afterEach, expect, it } from "vitest";
import { ApiKeys } from "../../shared/api-keys.ts";
import { systemClock as clock } from "../../shared/clock.ts";
import { createJobStore } from "../../shared/create-job-store.ts";
import { type Job, terminalStatuses } from "../../shared/job.ts";
import { openState, type State } from "../../shared/open-state.ts";
import { deliveriesDue } from "../../shared/webhook-outbox.ts";
import type { ChaosProcessOptions } from "../support/chaos-process.ts";
import { seededRandom } from "../support/seeded-random.ts";

/*
 * 200 jobs through the API, two workers, and `kill -9` of any of them at random moments. The moments come from a seed (SEED=n
 * takes that one); what the machine does between them does not, so a failure may need a few runs to show again.
 */

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const jobCount = 200;
const minKills = 12;
const leaseMs = 1_500;
const killedRequests = 0.05;
/** About what one request takes. */
const requestMs = 15;
const times = { meanPauseMs: 700, stepMs: 20, patienceMs: 150_000 };

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

it(`loses no accepted job and makes none twice, whoever is killed (seed ${seed})`, async () => {
  const random = seededRandom(seed);
  const dataDir = await mkdtemp(join(tmpdir(), "chaos-"));
  cleanUps.push(() => rm(dataDir, { recursive: true }));
  const state = await openState({ kind: "embedded", dataDir });
  cleanUps.push(() => state.close());
  const newId = () => ulid();
  const apiKeys = new ApiKeys({ items: state.items, clock, newId });
  const account = await apiKeys.createAccount("chaos", { unlimited: true });
  const { value: key } = await apiKeys.createKey(account.id);

  const port = await freePort();
  const options = { dataDir, port, leaseMs, stepMs: times.stepMs };
  const processes = (["api", "worker", "worker"] as const).map((role) => new KeptProcess({ role, ...options }));
  cleanUps.push(() => Promise.all(processes.map((kept) => kept.end())));

  const jobs = createJobStore({ items: state.items, clock, newId });
  const isDone = async () => (await allJobs(jobs, account.id)).every(({ status }) => terminalStatuses.has(status));
  const deadline = clock.now() + times.patienceMs;

  // Some requests have the API killed under them: at random moments alone, few kills would meet one.
  const onRequest = () => {
    if (random() < killedRequests) void clock.sleep(random() * requestMs).then(() => processes[0]!.kill());
  };
  const submitting = submitAll(`http://127.0.0.1:${port}`, key, { deadline, onRequest });
  let submitted = false;
  submitting.then(
    () => (submitted = true),
    () => {},
  );
  let kills = 0;
  while (clock.now() < deadline && (kills < minKills || !submitted || !(await isDone()))) {
    await clock.sleep(2 * random() * times.meanPauseMs);
    const victims = kills < 3 * minKills ? [[0], [1], [2], [0, 1], [1, 2]][Math.floor(random() * 5)]! : [];
    for (const victim of victims) processes[victim]!.kill();
    kills += victims.length;
  }
  const accepted = await submitting;
  const settled = await waitUntil(async () => (await isDone()) && (await isDrained(state)), deadline);
  expect(settled, "all jobs over and the queue empty in time").toBe(true);
  expect(kills).toBeGreaterThanOrEqual(minKills);

  const stored = await allJobs(jobs, account.id);
  expect(stored).toHaveLength(jobCount);
  expect(new Set(stored.map(({ id }) => id))).toEqual(new Set(accepted));
  const messages = await state.items.query({ index: "due", partition: deliveriesDue(account.id), limit: 1_000 });
  expect(messages.items.map(({ data }) => data.jobId).sort()).toEqual([...accepted].sort());
  expect(new Set(messages.items.map(({ data }) => data.eventType))).toEqual(new Set(["job.succeeded"]));
  expect(await state.queue.deadLetters(10)).toEqual([]);
  for (const job of stored) {
    expect(job).toMatchObject({ status: "succeeded" });
    const events = await jobs.events(job.id, 0);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
    expect(events.filter(({ type }) => type === "done" || type === "error")).toHaveLength(1);
    expect(events.at(-1)?.type).toBe("done");
    const { objects } = await state.objects.list(`o/${job.id}/`);
    expect(objects.map((object) => object.key)).toEqual(job.images.map((image) => image.key));
    expect(job.images).toHaveLength(1);
  }
}, 180_000);

/** Clients that repeat a request, with its Idempotency-Key, until it is answered. Returns the ids they were told. */
async function submitAll(
  url: string,
  key: string,
  { deadline, onRequest }: { deadline: number; onRequest: () => void },
): Promise<string[]> {
  const ids: string[] = [];
  let next = 0;
  async function client() {
    while (next < jobCount) {
      const index = next++;
      onRequest();
      ids[index] = await submit(index);
    }
  }
  async function submit(index: number): Promise<string> {
    while (clock.now() < deadline) {
      try {
        const response = await fetch(`${url}/v1/jobs`, {
          method: "POST",
          headers: {
            authorization: `Bearer ${key}`,
            "content-type": "application/json",
            "idempotency-key": `chaos-${index}`,
          },
          body: JSON.stringify({
            prompt: `picture ${index}`,
            size: "256x256",
            steps: 4,
            seed: index,
            webhook: { url: "http://127.0.0.1:9/hook", events: [] },
          }),
        });
        const body = (await response.json()) as { id: string };
        if (!response.ok) throw new Error(`the API answered ${response.status}: ${JSON.stringify(body)}`);
        return body.id;
      } catch (error) {
        // No server, or one that went away in the middle of an answer.
        if (!(error instanceof TypeError) && !(error instanceof SyntaxError)) throw error;
        await clock.sleep(50);
      }
    }
    throw new Error(`request ${index} was not answered in time`);
  }
  await Promise.all(Array.from({ length: 4 }, client));
  return ids;
}

async function allJobs(jobs: ReturnType<typeof createJobStore>, accountId: string): Promise<Job[]> {
  const all: Job[] = [];
  let cursor: string | undefined;
  do {
    const page = await jobs.list({ accountId, limit: 100, ...(cursor !== undefined && { cursor }) });
    all.push(...page.jobs);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return all;
}

async function isDrained({ queue }: State): Promise<boolean> {
  const { visible, inFlight, delayed } = await queue.depth();
  return visible + inFlight + delayed === 0;
}

async function waitUntil(holds: () => Promise<boolean>, deadline: number): Promise<boolean> {
  while (clock.now() < deadline) {
    if (await holds()) return true;
    await clock.sleep(100);
  }
  return false;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  await once(server.close(), "close");
  return port;
}

/** A process that is started again whenever it ends, until told otherwise. */
class KeptProcess {
  readonly #options: ChaosProcessOptions;
  #child: ChildProcess;
  #ending = false;

  constructor(options: ChaosProcessOptions) {
    this.#options = options;
    this.#child = this.#start();
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  async end(): Promise<void> {
    this.#ending = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }

  #start(): ChildProcess {
    const entry = join(import.meta.dirname, "../support/chaos-process.ts");
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", entry, JSON.stringify(this.#options)],
      {
        stdio: ["ignore", "ignore", "inherit", "ipc"],
      },
    );
    child.once("exit", () => {
      if (!this.#ending) this.#child = this.#start();
    });
    return child;
  }
}
