import { afterEach, describe, expect, it } from "vitest";
import { sweepJobs } from "../../functions/tick/sweep-jobs.ts";
import { lineKey, waitPartition, workOf } from "../../shared/fair-queue/waiting-line.ts";
import type { Job, Lane } from "../../shared/job.ts";
import type { Items } from "../../shared/ports/items.ts";
import { sampleJob } from "../support/api/sample-job.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { LaneService, params, stepMs } from "./lane-service.ts";

/** Jobs whose waiting time is estimated. */
const largestJobMs = 1_200;

const services: LaneService[] = [];
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()));
});
function open(workers: number): LaneService {
  const service = new LaneService(workers);
  services.push(service);
  return service;
}

describe.each([1, 2, 3, 4])("with %i workers", (workers) => {
  it("accounts get equal shares of work, whatever the size of their jobs, and twice as much at twice the weight", async () => {
    const service = open(workers);
    const seconds = 40;
    // More than all workers together can do in that time.
    const fill = async (account: string, work: number, weight: number) => {
      for (let sum = 0; sum < seconds * 1_000 * workers; sum += work) await service.submit(account, work, { weight });
    };
    await fill("acc_greedy", 500, 1);
    await fill("acc_large", 2_000, 1);
    await fill("acc_double", 500, 2);
    const start = service.now;
    await service.runUntil(() => service.now >= start + seconds * 1_000);
    const done = (account: string) =>
      service.begun
        .filter(({ job }) => job.accountId === account)
        .reduce((sum, { job }) => sum + workOf(job.params), 0);
    const total = done("acc_greedy") + done("acc_large") + done("acc_double");
    // What all got beside each other; 2 000 units are one large job, and the first jobs went in before there was a
    // line.
    for (const [account, share] of [
      ["acc_greedy", 1 / 4],
      ["acc_large", 1 / 4],
      ["acc_double", 1 / 2],
    ] as const) {
      expect(Math.abs(done(account) - total * share), `${account} of ${total}`).toBeLessThan(2_000 * (workers + 2));
    }
    expect(total, "no worker was idle").toBeGreaterThan(seconds * 1_000 * workers * 0.9);
  });

  it("an interactive job begins within the time of one job, before all of a batch that waits", async () => {
    const service = open(workers);
    const rows = Number(process.env.BATCH_ROWS ?? 300);
    for (let row = 0; row < rows; row++) await service.submit("acc_batch", 1_000, { lane: "batch" });
    for (let steps = 0; steps < 15; steps++) await service.step();
    expect(service.running.every((running) => running?.job.lane === "batch")).toBe(true);
    const queued = await service.queue.lanes.batch.depth();
    expect(queued.visible, "the queue holds only the window").toBeLessThanOrEqual(workers + 1);
    const submittedAt = service.now;
    const job = await service.submit("acc_other", 1_000);
    await service.runUntil(() => service.beganAt(job.id) !== undefined, 50);
    expect(service.beganAt(job.id)! - submittedAt).toBeLessThanOrEqual(1_000);
  });
});

it("keeps its counts under cancels, deadlines, dead feeders and lost messages, and finishes everything", async () => {
  const service = open(2);
  const random = seededRandom(7);
  const all: Job[] = [];
  for (let round = 0; round < 150; round++) {
    if (random() < 0.7) {
      const deadlineAt = service.now + Math.floor(random() * 20_000);
      const account = `acc_${Math.floor(random() * 3)}`;
      const lane: Lane = random() < 0.5 ? "batch" : "interactive";
      all.push(
        await service.submit(account, 100 + Math.floor(random() * 900), {
          lane,
          deadlineAt: random() < 0.2 ? deadlineAt : undefined,
        }),
      );
    }
    const any = all[Math.floor(random() * all.length)];
    if (any && random() < 0.1) await service.jobs.requestCancel(any.id);
    if (any && random() < 0.1) await service.jobs.release(any.id); // and its message is never sent
    if (random() < 0.1) service.newFeeder();
    if (random() < 0.2) await sweepJobs(service);
    await service.step();
    if (round % 25 === 0) await checkCounts(service, all);
  }
  for (let minute = 0; minute < 60; minute++) {
    service.now += 60_000;
    await sweepJobs(service);
    for (let steps = 0; steps < 20; steps++) await service.step();
  }
  for (const { id } of all)
    expect(["succeeded", "canceled", "expired"]).toContain((await service.jobs.get(id))?.status);
  await checkCounts(service, all);
});

async function checkCounts({ items, jobs }: LaneService, all: readonly Job[]): Promise<void> {
  for (const accountId of new Set(all.map((job) => job.accountId))) {
    for (const lane of ["interactive", "batch"] as const) {
      const { items: rows } = await items.query({
        index: "main",
        partition: waitPartition(lane, accountId),
        limit: 1000,
      });
      const counted = (await items.get(lineKey(accountId, lane)))?.data ?? { waiting: 0, work: 0, ready: 0 };
      const work = rows.reduce((sum, { data }) => sum + Number(data.work), 0);
      const own = all.filter((job) => job.accountId === accountId && job.lane === lane);
      const queued = (await Promise.all(own.map(({ id }) => jobs.get(id)))).filter((job) => job?.status === "queued");
      expect(counted).toMatchObject({ waiting: rows.length, work, ready: queued.length - rows.length });
    }
  }
}

describe("what a waiting job is told", () => {
  it.each([
    1, 2, 3, 4, 5, 6,
  ])("of its position and of when it begins is right within a fifth (seed %i)", async (seed) => {
    const random = seededRandom(seed);
    const service = open(1 + Math.floor(random() * 4));
    const accounts = Array.from({ length: 1 + Math.floor(random() * 4) }, (_, i) => ({
      id: `acc_${i}`,
      weight: 1 + Math.floor(random() * 3),
      size: 200 + Math.floor(random() * 600),
    }));
    const jobs: Job[] = [];
    for (let i = 0; i < 160; i++) {
      const { id, weight, size } = accounts[Math.floor(random() ** 1.5 * accounts.length)]!;
      const lane: Lane = random() < 0.2 ? "batch" : "interactive";
      jobs.push(await service.submit(id, Math.floor(size * (0.5 + random())), { weight, lane }));
    }
    const cancelled = jobs.filter(() => random() < 0.1);
    for (const { id } of cancelled) await service.jobs.requestCancel(id);
    const told: { job: Job; at: number; begunBefore: number; position: number; etaMs: number }[] = [];
    // The pace is that of the jobs that were drawn, and is not known before.
    const ask = async () => {
      const view = service.view();
      for (const { id } of jobs) {
        const job = (await service.jobs.get(id))!;
        const place = await view.place(job);
        if (place === undefined || random() < 0.5) continue;
        const { position, etaMs = Number.NaN } = place;
        told.push({ job, at: service.now, begunBefore: service.begun.length, position, etaMs });
      }
    };
    for (const begun of [10, 60, 110]) {
      await service.runUntil(() => service.begun.length >= begun);
      await ask();
    }
    await service.runUntil(() => service.begun.length === jobs.length - cancelled.length);
    const order = new Map(service.begun.map(({ job }, index) => [job.id, index]));
    // A turn is worth the largest job, and those of some accounts are small.
    const turnJobs = accounts.reduce((sum, { weight }) => sum + weight, service.running.length);
    let far = 0;
    for (const { job, at, begunBefore, position, etaMs } of told) {
      const actualMs = service.beganAt(job.id)! - at;
      const actualPosition = order.get(job.id)! - begunBefore + 1;
      // Turns are of whole jobs: nearer than that, one job more or less is more than a fifth.
      const [slackMs, slack] = [largestJobMs, 2 * turnJobs];
      const what = `${job.id} in ${job.lane}: told ${position} and ${etaMs} ms, was ${actualPosition} and ${actualMs} ms`;
      expect(Math.abs(etaMs - actualMs), what).toBeLessThanOrEqual(Math.max(0.2 * actualMs, slackMs));
      expect(Math.abs(position - actualPosition), what).toBeLessThanOrEqual(Math.max(0.2 * actualPosition, slack));
      if (actualMs > 5 * slackMs) far++;
    }
    expect(far, "enough of them waited long enough to tell").toBeGreaterThan(10);
  });

  it("is exact for the jobs in the queue", async () => {
    const service = open(1);
    const first = await service.submit("acc_1", 1_000);
    await service.runUntil(() => service.begun.length === 1);
    await service.runUntil(() => service.running[0] === undefined || service.running[0].job.id !== first.id);
    const jobs = [await service.submit("acc_1", 2_000), await service.submit("acc_2", 500)];
    await service.step();
    const view = service.view();
    const [drawn, next] = await Promise.all(jobs.map(async ({ id }) => view.place((await service.jobs.get(id))!)));
    expect(drawn, "it is being drawn").toBeUndefined();
    const at = service.now;
    await service.runUntil(() => service.beganAt(jobs[1]!.id) !== undefined);
    expect(next).toEqual({ position: 1, etaMs: service.beganAt(jobs[1]!.id)! - at });
  });

  it("of when all of it would be over counts the workers, and no job twice as fast for them", async () => {
    const service = open(2);
    await service.submit("acc_1", 1_000);
    await service.runUntil(() => service.begun.length === 1);
    await service.runUntil(() => service.running.every((running) => running === undefined));
    const finish = (lane: Lane, ...works: number[]) =>
      service.view().finish({ accountId: "acc_1", terms: {} }, { lane, model: params.model, works });
    expect(await finish("interactive", 1_000)).toBe(1_000);
    expect(await finish("interactive", 1_000, 1_000, 1_000, 1_000)).toBe(2_000);
    for (let i = 0; i < 4; i++) await service.submit("acc_2", 1_000);
    expect(await finish("interactive", 1_000), "two in the queue, and its share of two that wait").toBe(2_000);
    expect(await finish("batch", 1_000), "behind all of them").toBe(3_000);
  });

  it("is known for a job that a thousand wait before, without counting them", async () => {
    const service = open(1);
    await service.submit("acc_1", 100);
    await service.runUntil(() => service.begun.length === 1);
    for (let i = 0; i < 1_000; i++) await service.submit("acc_1", 100);
    const last = await service.submit("acc_1", 100);
    let reads = 0;
    const counting: Items = {
      get: (key) => service.items.get(key),
      write: (writes) => service.items.write(writes),
      close: async () => {},
      query: async (query) => {
        const page = await service.items.query(query);
        reads += page.items.length;
        return page;
      },
    };
    const place = await service.view(counting).place(last);
    expect(Math.abs(place!.position - 1_001)).toBeLessThan(10);
    expect(reads).toBeLessThan(200);
  });
});

it.each([
  1, 3,
])("a refused account is told when there will be room, and there is then, and not long before (%i workers)", async (workers) => {
  const service = open(workers);
  const maxWaiting = { interactive: 60, batch: 10 };
  const room = (accountId: string) =>
    service.view(service.items, maxWaiting).room(sampleJob(service.newId(), service.now, { accountId, params }));
  for (let i = 0; i < 8; i++) await service.submit("acc_1", 800);
  await service.runUntil(() => service.begun.length === 8);
  const admitted = new Map<string, number>();
  for (const account of ["acc_1", "acc_2"]) {
    while ((await room(account)).retryAfterMs === 0) {
      await service.submit(account, 400);
      admitted.set(account, (admitted.get(account) ?? 0) + 1);
    }
  }
  // Half of what there was for each, beside the few that went to the queue.
  expect(admitted.get("acc_1")).toBeLessThanOrEqual(30 + workers + 3);
  expect(admitted.get("acc_2")).toBeLessThanOrEqual(15 + workers + 3);
  expect((await room("acc_3")).retryAfterMs, "somebody else").toBe(0);
  // Requests of one moment slip through; then it takes a while.
  for (let i = 0; i < 12; i++) await service.submit("acc_1", 400);
  const { retryAfterMs } = await room("acc_1");
  const at = service.now;
  expect(retryAfterMs).toBeGreaterThan(5 * stepMs);
  await service.runUntil(() => service.now >= at + retryAfterMs / 3);
  expect((await room("acc_1")).retryAfterMs).toBeGreaterThan(0);
  await service.runUntil(() => service.now >= at + Math.ceil(retryAfterMs / 1_000) * 1_000);
  expect((await room("acc_1")).retryAfterMs).toBe(0);
});
