import { afterEach, describe, expect, it } from "vitest";
import { sweepJobs } from "../../functions/tick/sweep-jobs.ts";
import type { Job, Lane } from "../../shared/job.ts";
import { balanceKey } from "../../shared/money/ledger.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { LaneService, params, stepMs } from "./lane-service.ts";

const services: LaneService[] = [];
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()));
});
function open(...how: ConstructorParameters<typeof LaneService>): LaneService {
  const service = new LaneService(...how);
  services.push(service);
  return service;
}

const kinds = ["embedded", "SQS"] as const;
const jobMs = 1_000;

describe.each(kinds)("on a queue of the kind %s", (kind) => {
  // The one worker of a queue of SQS serves the group of the oldest message, when none has more in flight.
  it.each(
    kind === "SQS" ? [4, 40] : [1, 4, 40],
  )("with %i workers accounts begin equally many jobs, however many they have", async (workers) => {
    const service = open(workers, kind);
    for (let i = 0; i < 12 * workers; i++) await service.submit("acc_greedy", jobMs);
    for (let i = 0; i < 6 * workers; i++) await service.submit("acc_late", jobMs);
    await service.runUntil(() => service.begun.length >= 8 * workers);
    const begun = (account: string) => service.begun.filter(({ job }) => job.accountId === account).length;
    // Those that were begun before the other account's first job was there are not taken back.
    expect(Math.abs(begun("acc_greedy") - begun("acc_late"))).toBeLessThanOrEqual(workers + 2);
  });

  it.each([
    1, 2, 4,
  ])("with %i workers an interactive job begins within the time of one job, before a batch", async (workers) => {
    const service = open(workers, kind);
    for (let row = 0; row < 200; row++) await service.submit("acc_batch", jobMs, { lane: "batch" });
    for (let steps = 0; steps < 15; steps++) await service.step();
    expect(service.running.every((running) => running?.job.lane === "batch")).toBe(true);
    const submittedAt = service.now;
    const job = await service.submit("acc_other", jobMs);
    await service.runUntil(() => service.beganAt(job.id) !== undefined, 50);
    expect(service.beganAt(job.id)! - submittedAt).toBeLessThanOrEqual(jobMs);
  });

  it("a job of a quiet account begins within the time of one job, though thousands of another wait", async () => {
    const service = open(3, kind);
    for (let i = 0; i < 2_000; i++) await service.submit("acc_loud", jobMs);
    for (let steps = 0; steps < 50; steps++) await service.step();
    const submittedAt = service.now;
    const job = await service.submit("acc_quiet", jobMs);
    await service.runUntil(() => service.beganAt(job.id) !== undefined, 50);
    expect(service.beganAt(job.id)! - submittedAt).toBeLessThanOrEqual(jobMs + stepMs);
  });

  it.each([1, 5, 50].flatMap((accounts) => [1, 4, 100].map((workers) => [accounts, workers] as const)))(
    "tells jobs of %i accounts when one of %i workers begins them, within 30 percent",
    {
      timeout: 60_000,
    },
    async (accounts, workers) => {
      const random = seededRandom(100 * accounts + workers);
      const service = open(workers, kind);
      const count = Math.max(300, 12 * workers);
      const jobs: Job[] = [];
      for (let i = 0; i < count; i++) {
        const lane: Lane = random() < 0.1 ? "batch" : "interactive";
        const account = `acc_${Math.floor(accounts * random())}`;
        jobs.push(await service.submit(account, jobMs * (0.8 + 0.4 * random()), { lane }));
      }
      const told: { job: Job; at: number; before: number; position: number; exact: boolean; etaMs: number }[] = [];
      for (const begun of [0.1, 0.35, 0.6]) {
        await service.runUntil(() => service.begun.length >= begun * count);
        const view = service.view();
        for (const { id } of jobs.filter(() => random() < 0.25)) {
          const job = (await service.jobs.get(id))!;
          const place = await view.place(job);
          if (place === undefined) continue;
          told.push({ job, at: service.now, before: service.begun.length, etaMs: Number.NaN, ...place });
        }
      }
      await service.runUntil(() => service.begun.length === jobs.length);
      const order = new Map(service.begun.map(({ job }, index) => [job.id, index]));
      const wrong: string[] = [];
      let far = 0;
      for (const { job, at, before, position, exact, etaMs } of told) {
        const actualMs = service.beganAt(job.id)! - at;
        const what = `${job.id} in ${job.lane}: told ${position} and ${etaMs} ms, was ${actualMs} ms`;
        expect(exact).toBe(kind === "embedded");
        // Nearer than two jobs, the moments at which workers become free decide.
        if (!(Math.abs(etaMs - actualMs) <= Math.max(0.3 * actualMs, 2 * jobMs))) wrong.push(what);
        // Which account has the fewest in flight depends on what ends first.
        const places = Math.max(2, workers);
        if (exact) expect(Math.abs(position - (order.get(job.id)! - before + 1)), what).toBeLessThanOrEqual(places);
        if (actualMs > 4 * jobMs) far++;
      }
      expect(far, "enough of them waited long enough to tell").toBeGreaterThan(10);
      // SQS tells nobody whom it holds back.
      const allowed = kind === "embedded" ? 0 : Math.floor(0.05 * told.length);
      expect(wrong.length, wrong.join("\n")).toBeLessThanOrEqual(allowed);
    },
  );
});

it("keeps its counts under cancels, deadlines, workers that die and lost messages, and finishes everything", async () => {
  const service = open(2);
  const random = seededRandom(7);
  const all: Job[] = [];
  for (let round = 0; round < 150; round++) {
    if (random() < 0.7) {
      const deadlineAt = service.now + Math.floor(random() * 20_000);
      const account = `acc_${Math.floor(random() * 3)}`;
      const lane: Lane = random() < 0.5 ? "batch" : "interactive";
      const changes = { lane, deadlineAt: random() < 0.2 ? deadlineAt : undefined };
      all.push(await service.submit(account, 100 + Math.floor(random() * 900), changes));
    }
    const any = all[Math.floor(random() * all.length)];
    if (any && random() < 0.1) await service.jobs.requestCancel(any.id);
    // Taken and never begun: the worker died at once, and the message comes back when its time is over.
    if (random() < 0.05) await service.queue.receive({ visibilityMs: 60_000 });
    const [lost] = random() < 0.05 ? await service.queue.receive({ visibilityMs: 60_000 }) : [];
    if (lost) await service.queue.delete(lost.receipt);
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
    const own = await Promise.all(all.filter((job) => job.accountId === accountId).map(({ id }) => jobs.get(id)));
    const open = own.filter((job) => job?.status === "queued" || job?.status === "running").length;
    const { data } = (await items.get(balanceKey(accountId)))!;
    const sum = (what: string) => Number(data[`interactive${what}`] ?? 0) + Number(data[`batch${what}`] ?? 0);
    expect([data.open, sum("Entered"), sum("Ended")]).toEqual([open, own.length, own.length - open]);
  }
}

it.each([
  1, 3,
])("a refused account is told when there will be room, and there is then, and not long before (%i workers)", async (workers) => {
  const service = open(workers);
  const most = 20;
  const room = (accountId: string) => service.view(most).room({ accountId, params });
  for (let i = 0; i < 8; i++) await service.submit("acc_1", 800);
  await service.runUntil(() => service.begun.length === 8);
  for (const account of ["acc_1", "acc_2"]) {
    while ((await room(account)).retryAfterMs === 0) await service.submit(account, 800);
  }
  expect((await room("acc_3")).retryAfterMs, "somebody else").toBe(0);
  // Jobs that were there before the limit was set: it takes a while.
  for (let i = 0; i < 12; i++) await service.submit("acc_1", 800);
  const { retryAfterMs } = await room("acc_1");
  const at = service.now;
  expect(retryAfterMs).toBeGreaterThan(5 * stepMs);
  await service.runUntil(() => service.now >= at + retryAfterMs / 3);
  expect((await room("acc_1")).retryAfterMs).toBeGreaterThan(0);
  await service.runUntil(() => service.now >= at + 1.3 * retryAfterMs + 1_000);
  expect((await room("acc_1")).retryAfterMs).toBe(0);
});
