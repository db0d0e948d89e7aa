import { expect, it } from "vitest";
import { sampleJob } from "../../test/support/api/sample-job.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { openEmbeddedItems } from "../embedded/items.ts";
import type { Job } from "../job.ts";
import type { Clock } from "../ports/clock.ts";
import type { Item, Items } from "../ports/items.ts";
import { queryAll } from "../ports/query-all.ts";
import { createJobStore } from "./create-job-store.ts";
import { filterIndex, labelPartition } from "./job-filters.ts";
import type { JobListQuery } from "./job-store.ts";

const price: Job["price"] = {
  amount: 10,
  currency: "USD",
  rate: 1,
  lane: "interactive",
  effectiveFrom: "2023-01-01T00:00:00Z",
};
const terms = { unlimited: true };

function setUp() {
  let now = 1_700_000_000_000;
  let ids = 0;
  const clock: Clock = { now: () => now, sleep: async () => {} };
  const items = openEmbeddedItems(":memory:", { clock });
  const reads = { rows: 0 };
  const count = (item: Item | undefined) => {
    if (item !== undefined) reads.rows++;
    return item;
  };
  const counted: Items = {
    get: async (key) => count(await items.get(key)),
    async query(query) {
      const page = await items.query(query);
      page.items.forEach(count);
      return page;
    },
    write: (writes) => items.write(writes),
    close: () => items.close(),
  };
  const jobs = createJobStore({ items: counted, clock });
  const submit = (changes: Partial<Job> = {}) =>
    jobs.submit({ job: sampleJob(String(++ids).padStart(26, "0"), now, { price, ...changes }), terms });
  return { jobs, items, reads, submit, advance: (ms: number) => (now += ms), now: () => now };
}

async function wholeList(jobs: ReturnType<typeof createJobStore>, query: Omit<JobListQuery, "cursor">) {
  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = await jobs.list({ ...query, cursor });
    pages.push(page.jobs.map(({ id }) => id));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return pages;
}

it("is newest first, by account, with a cursor that loses and repeats nothing", async () => {
  const { jobs, submit, advance } = setUp();
  const ids: string[] = [];
  for (let index = 0; index < 25; index++) {
    advance(10);
    ids.unshift((await submit()).job.id);
  }
  await submit({ accountId: "acc_2" });
  expect((await wholeList(jobs, { accountId: "acc_1", limit: 4 })).flat()).toEqual(ids);
});

it("reads of many jobs the few that are asked for", async () => {
  const { jobs, reads, submit, advance } = setUp();
  for (let i = 0; i < 600; i++) {
    const { job } = await submit({ metadata: { rare: String(i % 100 === 0), all: "yes" } });
    if (i % 120 === 7) await jobs.requestCancel(job.id);
    advance(1);
  }
  for (const filter of [{ metadata: { rare: "true" } }, { status: "canceled" }, { status: "failed" }] as const) {
    reads.rows = 0;
    await wholeList(jobs, { accountId: "acc_1", limit: 2, ...filter });
    expect(reads.rows, JSON.stringify(filter)).toBeLessThan(60);
  }
  // The smaller of two decides.
  reads.rows = 0;
  const both = { accountId: "acc_1", limit: 20, status: "canceled", metadata: { all: "yes" } } as const;
  expect((await jobs.list(both)).jobs).toHaveLength(5);
  expect(reads.rows).toBeLessThan(600);
});

it("reads the few that run of an account, however many wait", async () => {
  const { jobs, reads, submit, advance } = setUp();
  const ids: string[] = [];
  for (let i = 0; i < 1_200; i++) {
    ids.push((await submit()).job.id);
    advance(1);
  }
  const running = [ids[700]!, ids[3]!];
  for (const id of running) await jobs.claim(id, "w1");
  await jobs.claim((await submit({ accountId: "acc_2" })).job.id, "w2");
  reads.rows = 0;
  expect(await wholeList(jobs, { accountId: "acc_1", limit: 20, status: "running" })).toEqual([running]);
  expect(reads.rows).toBeLessThan(20);
  reads.rows = 0;
  const { jobs: queued } = await jobs.list({ accountId: "acc_1", limit: 20, status: "queued" });
  expect(queued.map(({ id }) => id)).toEqual(ids.slice(-20).reverse());
  expect(reads.rows).toBeLessThan(1_200);
  // A job that came back waits again, and one that ended runs no more.
  await jobs.giveBack((await jobs.get(running[0]!))!);
  await jobs.succeed((await jobs.get(running[1]!))!, { images: [], warnings: [], inferenceMs: 1 });
  expect(await wholeList(jobs, { accountId: "acc_1", limit: 20, status: "running" })).toEqual([[]]);
});

it("ends a page when it has passed over thousands, and loses none on the way", async () => {
  const { jobs, reads, submit, advance } = setUp();
  const wanted: string[] = [];
  for (let i = 0; i < 6_400; i++) {
    // Both labels are on thousands of jobs, but together on one.
    const both = i === 40;
    const { job } = await submit({
      metadata: { ...((both || i % 2 === 0) && { a: "1" }), ...((both || i % 2 === 1) && { b: "1" }) },
    });
    if (both) wanted.push(job.id);
    advance(1);
  }
  const found: string[] = [];
  let cursor: string | undefined;
  let pages = 0;
  do {
    reads.rows = 0;
    const page = await jobs.list({ accountId: "acc_1", limit: 20, metadata: { a: "1", b: "1" }, cursor });
    expect(reads.rows).toBeLessThan(6_500);
    found.push(...page.jobs.map(({ id }) => id));
    ({ cursor } = page);
    pages++;
  } while (cursor !== undefined);
  expect(found).toEqual(wanted);
  expect(pages).toBeGreaterThan(1);
});

it("gives what looking through all jobs gives, whatever is asked for, in full pages", async () => {
  const { jobs, items, submit, advance, now } = setUp();
  const random = seededRandom(15);
  const below = (limit: number) => Math.floor(random() * limit);
  const all: string[] = [];
  // The first of them as a version before wrote them: without rows to find them by.
  for (let i = 0; i < 150; i++) {
    if (below(3) > 0) advance(1);
    const { job } = await submit({ metadata: { a: String(below(2)), b: String(below(4)) }, createdAt: now() });
    all.unshift(job.id);
    if (i !== 60) continue;
    for (const label of [{ a: "0" }, { a: "1" }, { b: "0" }, { b: "1" }, { b: "2" }, { b: "3" }]) {
      const partition = labelPartition("acc_1", Object.entries(label)[0]!);
      for (const { pk, sk } of await queryAll(items, { index: "main", partition })) {
        await items.write([{ delete: { pk, sk } }]);
      }
    }
    for (const hold of await queryAll(items, { index: "main", partition: "ACC#acc_1", prefix: "HOLD#" })) {
      const { createdAt: _, ...data } = hold.data;
      await items.write([{ delete: hold }]);
      await items.write([{ put: { ...hold, data } }]);
    }
    advance(1);
    await items.write([
      { put: { pk: `INDEX#${filterIndex}`, sk: "META", data: { from: new Date(now()).toISOString() } } },
    ]);
  }
  for (const [i, id] of all.entries()) {
    if (i % 3 === 0) await jobs.requestCancel(id);
    else if (i % 3 === 1) await jobs.claim(id, "w1");
  }
  const stored = await Promise.all(all.map(async (id) => (await jobs.get(id))!));
  const labels: JobListQuery["metadata"][] = [undefined, { a: "1" }, { a: "0", b: "3" }, { c: "1" }];
  for (const status of [undefined, "queued", "running", "canceled", "failed"] as const) {
    for (const metadata of labels) {
      const wanted = stored.filter(
        (job) =>
          (status === undefined || job.status === status) &&
          Object.entries(metadata ?? {}).every(([key, value]) => job.metadata[key] === value),
      );
      const createdAfter = below(2) === 0 ? undefined : stored[below(150)]!.createdAt;
      const createdBefore = below(2) === 0 ? undefined : stored[below(150)]!.createdAt;
      const ids = wanted
        .filter(
          (job) =>
            (createdAfter === undefined || job.createdAt > createdAfter) &&
            (createdBefore === undefined || job.createdAt < createdBefore),
        )
        .map(({ id }) => id);
      const pages = await wholeList(jobs, {
        accountId: "acc_1",
        limit: 7,
        status,
        metadata,
        createdAfter,
        createdBefore,
      });
      expect(pages.flat(), JSON.stringify({ status, metadata, createdAfter })).toEqual(
        ids.toSorted((x, y) => all.indexOf(x) - all.indexOf(y)),
      );
      for (const page of pages.slice(0, -1)) expect(page).toHaveLength(7);
      if (pages.length > 1) expect(pages.at(-1)).not.toEqual([]);
    }
  }
});
