import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Job, JobImage } from "../../shared/job.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import type { JobStore } from "../../shared/jobs/job-store.ts";
import { Accounts } from "../../shared/money/accounts.ts";
import { auditAccount } from "../../shared/money/audit-ledger.ts";
import { balanceKey, ledgerPrefix, type SpendTerms, spendKey } from "../../shared/money/ledger.ts";
import { noUsage, readRollups, rollupPrefix } from "../../shared/money/usage-rollups.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Items, Write } from "../../shared/ports/items.ts";
import { samplePrice as price, sampleJob, sampleParams } from "../support/api/sample-job.ts";

const start = Date.UTC(2026, 0, 31, 23, 59);
const leaseMs = 1_000;
const accountId = "acc_1";
const prepaid: SpendTerms = { unlimited: false };
const image: JobImage = {
  index: 0,
  key: "o/1",
  width: 64,
  height: 64,
  format: "png",
  bytes: 1,
  sha256: "00",
  seed: 1,
};
const maxUnfinished = 12;
const result = { images: [image], warnings: [], inferenceMs: 1 };

/**
 * The promises of money over one `items` driver: holds, charges, caps, races for the last money, and an audit that
 * finds one micro-unit.
 */
export function moneyConformance(name: string, open: () => Promise<Items>): void {
  describe(`money over ${name}`, () => {
    let now: number;
    let ids: number;
    let items: Items;
    let jobs: JobStore;
    let accounts: Accounts;
    const clock: Clock = { now: () => now, sleep: async () => {} };

    function store(over: Items): JobStore {
      return createJobStore({
        items: over,
        clock,
        leaseMs,
        resendAfterMs: 500,
        maxFailures: 2,
        maxUnfinished,
      });
    }

    beforeEach(async () => {
      now = start;
      ids = 0;
      items = await open();
      jobs = store(items);
      accounts = new Accounts({ items, clock });
      await items.write([{ put: { pk: "ACC#acc_1", sk: "META", data: { id: accountId } } }]);
      await accounts.credit(accountId, { amount: 250, reference: "first" });
    });
    afterEach(async () => {
      const { discrepancies } = await auditAccount(items, accountId);
      expect(discrepancies).toEqual([]);
      await items.close();
    });

    const newJob = (changes: Partial<Job> = {}) =>
      sampleJob(String(++ids).padStart(26, "0"), now, { price, params: { ...sampleParams, steps: 8 }, ...changes });
    const submit = async (changes: Partial<Job> = {}, terms = prepaid) =>
      (await jobs.submit({ job: newJob(changes), terms })).job;
    const take = async (id: string) => {
      const claim = await jobs.claim(id, "w");
      if (claim.outcome !== "claimed") throw new Error(claim.outcome);
      return claim.job;
    };
    const balance = () => accounts.balance(accountId);

    describe("a job's price", () => {
      it("lets an account have so many unfinished jobs, whoever submits at the same moment, and one more for each that ends", async () => {
        const free = { price: { ...price, amount: 0 } };
        const outcomes = await Promise.allSettled(Array.from({ length: maxUnfinished + 5 }, () => submit(free)));
        const made = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
        const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason.code] : []));
        expect(made.length).toBe(maxUnfinished);
        expect(refused).toEqual(Array.from({ length: 5 }, () => "queue_full"));
        const refusal = submit(free, { unlimited: true });
        await expect(refusal).rejects.toThrow(/has 12 unfinished jobs, the most that one may have is 12/);
        await jobs.requestCancel(made[0]!.id);
        await submit(free);
        await expect(submit(free)).rejects.toMatchObject({ code: "queue_full" });
        expect((await submit({ ...free, accountId: "acc_2" }, { unlimited: true })).status, "another's").toBe("queued");
        expect((await items.get(balanceKey(accountId)))?.data.open).toBe(maxUnfinished);
      });

      it("is held by the submission and charged by success", async () => {
        const job = await submit();
        expect(await balance()).toEqual({ available: 150, held: 100, openJobs: 1, spentThisMonth: 100 });
        expect(await jobs.succeed(await take(job.id), result)).toMatchObject({ charged: 100 });
        expect(await balance()).toEqual({ available: 150, held: 0, openJobs: 0, spentThisMonth: 100 });
      });

      it("comes back when the job fails or expires", async () => {
        const failing = await submit();
        const expiring = await submit({ deadlineAt: now + 10 });
        const error = { code: "engine_failed", message: "no", retryable: true };
        await jobs.fail(await take(failing.id), error);
        expect((await balance()).held, "it is tried again").toBe(200);
        expect(await jobs.fail(await take(failing.id), error)).toMatchObject({ status: "failed", charged: 0 });
        now += 11;
        expect((await jobs.sweep(10)).ended).toMatchObject([{ id: expiring.id, status: "expired", charged: 0 }]);
        expect(await balance()).toMatchObject({ available: 250, held: 0, openJobs: 0, spentThisMonth: 0 });
      });

      it("is charged for the steps begun when a running job is cancelled, rounded down", async () => {
        const job = await submit();
        const held = await take(job.id);
        await jobs.progress(held, { type: "step", data: {} }, { step: 2, total: 8 });
        await jobs.requestCancel(job.id);
        // 100 · 3 / 8 = 37.5
        expect(await jobs.cancel(held)).toMatchObject({ status: "canceled", charged: 37 });
        expect(await balance()).toMatchObject({ available: 213, held: 0, spentThisMonth: 37 });
        const { items: entries } = await items.query({ index: "main", partition: "ACC#acc_1", prefix: ledgerPrefix });
        expect(entries.at(-1)?.data).toMatchObject({ kind: "settle", usage: { charged: 37, steps: 3, images: 0 } });
      });

      it("is not charged for steps of an attempt that failed before the cancel", async () => {
        const job = await submit();
        const held = await take(job.id);
        await jobs.progress(held, { type: "step", data: {} }, { step: 7, total: 8 });
        await jobs.fail(held, { code: "x", message: "x", retryable: true });
        expect(await jobs.requestCancel(job.id)).toMatchObject({ status: "canceled", charged: 0 });
        expect((await balance()).available).toBe(250);
      });

      it("is charged for the first step when a job is cancelled during it", async () => {
        const job = await submit();
        const held = await take(job.id);
        await jobs.requestCancel(job.id);
        expect(await jobs.cancel(held)).toMatchObject({ status: "canceled", charged: 12 });
        expect(await balance()).toMatchObject({ available: 238, held: 0, spentThisMonth: 12 });
      });

      it("is charged for the steps begun when the request itself made the drawing fail", async () => {
        const job = await submit();
        const held = await take(job.id);
        await jobs.progress(held, { type: "step", data: {} }, { step: 3, total: 8 });
        const failure = { code: "invalid_size", message: "x", retryable: false, callersFault: true };
        expect(await jobs.fail(held, failure)).toMatchObject({ status: "failed", charged: 50 });
        expect(await balance()).toMatchObject({ available: 200, held: 0 });
      });

      it("is charged for the steps begun when the worker dies after the cancel", async () => {
        const job = await submit();
        await jobs.progress(await take(job.id), { type: "step", data: {} }, { step: 2, total: 8 });
        await jobs.requestCancel(job.id);
        now += leaseMs + 1_001;
        expect((await jobs.sweep(1)).ended).toMatchObject([{ status: "canceled", charged: 37 }]);
      });

      it("is never charged twice, by whichever worker comes late", async () => {
        const job = await submit();
        const late = await take(job.id);
        now += leaseMs + 1;
        const held = await take(job.id);
        const settled = await Promise.allSettled([
          jobs.succeed(held, result),
          jobs.succeed(late, result),
          jobs.succeed(held, result),
          jobs.fail(held, { code: "x", message: "x", retryable: false }),
          jobs.cancel(held),
          jobs.requestCancel(job.id),
        ]);
        expect(settled.slice(0, 5).filter(({ status }) => status === "fulfilled")).toHaveLength(1);
        // Which of them it was is up to the driver.
        const { charged = 0 } = (await jobs.get(job.id))!;
        expect(await balance()).toMatchObject({ available: 250 - charged, held: 0 });
      });

      it("counts to the month of the submission", async () => {
        const job = await submit();
        const held = await take(job.id);
        now += 120_000;
        await jobs.fail(held, { code: "x", message: "x", retryable: false });
        expect((await items.get(spendKey(accountId, "account")))?.data).toEqual({ "2026-01": 0 });
      });
    });

    describe("a submission", () => {
      it("without enough money records nothing at all", async () => {
        await submit();
        await submit();
        const dear = newJob();
        const before = await items.get(balanceKey(accountId));
        await expect(
          jobs.submit({ job: dear, terms: prepaid, idempotency: { key: "k", fingerprint: "f" } }),
        ).rejects.toMatchObject({
          code: "insufficient_balance",
          message: expect.stringMatching(/costs 100 micro-USD, the balance has 50 micro-USD/),
        });
        expect(await jobs.get(dear.id)).toBeUndefined();
        expect(await items.get(balanceKey(accountId))).toEqual(before);
        expect(await items.get({ pk: "IDEM#acc_1#k", sk: "META" })).toBeUndefined();
      });

      it.each(["account", "key"] as const)("stops at the monthly cap of the %s, to the micro-unit", async (whose) => {
        const terms = (cap: number) => ({ unlimited: true, [`${whose}MonthlyCap`]: cap });
        await submit({}, terms(100));
        await expect(submit({}, terms(199))).rejects.toMatchObject({ code: "spend_limit" });
        const second = await submit({}, terms(200));
        await jobs.requestCancel(second.id);
        await submit({}, terms(200));
        now += 120_000;
        await submit({}, terms(100));
      });

      it("that races for the last money gets through once per price", async () => {
        const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => submit()));
        expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
        expect(await balance()).toMatchObject({ available: 50, held: 200 });
        const capped = { unlimited: true, keyMonthlyCap: 600 };
        const more = await Promise.allSettled(Array.from({ length: 20 }, () => submit({}, capped)));
        expect(
          more.filter(({ status }) => status === "fulfilled"),
          "two are spent already",
        ).toHaveLength(4);
      });

      it("that is repeated under its Idempotency-Key is held once, also when no money is left", async () => {
        const idempotency = { key: "k", fingerprint: "f" };
        const all = await Promise.all(
          Array.from({ length: 10 }, () => jobs.submit({ job: newJob(), terms: prepaid, idempotency })),
        );
        expect(new Set(all.map(({ job }) => job.id)).size).toBe(1);
        await submit();
        expect((await jobs.submit({ job: newJob(), terms: prepaid, idempotency })).replayed).toBe(true);
        expect(await balance()).toMatchObject({ available: 50, held: 200 });
      });

      it("finds the job of a key before any work is done, and nothing for a key that was not used", async () => {
        const idempotency = { key: "k", fingerprint: "f" };
        expect(await jobs.findReplay(accountId, idempotency)).toBeUndefined();
        const { job } = await jobs.submit({ job: newJob(), terms: prepaid, idempotency });
        expect((await jobs.findReplay(accountId, idempotency))?.id).toBe(job.id);
        expect(await jobs.findReplay("acc_2", idempotency)).toBeUndefined();
        const reused = jobs.findReplay(accountId, { key: "k", fingerprint: "g" });
        await expect(reused).rejects.toMatchObject({ code: "idempotency_key_reused", param: "Idempotency-Key" });
      });

      it("of an unlimited account goes below zero", async () => {
        for (let i = 0; i < 5; i++) await submit({}, { unlimited: true });
        expect(await balance()).toMatchObject({ available: -250, held: 500 });
      });
    });

    it("tells a billing system's customer from the transaction that charges", async () => {
      const job = await submit({ price: { ...price, meterCustomer: "cus_1" } });
      await jobs.succeed(await take(job.id), result);
      const free = await submit({ price: { ...price, meterCustomer: "cus_1" } });
      await jobs.requestCancel(free.id);
      const { items: due } = await items.query({ index: "due", partition: "DUE#meter" });
      expect(due.map(({ data }) => data)).toMatchObject([{ id: `settle_${job.id}`, customer: "cus_1", charged: 100 }]);
    });

    it("adds each job that ended to the usage of its day, key and model, in the transaction that settles it", async () => {
      await jobs.succeed(await take((await submit()).id), { ...result, images: [] });
      const eighths = { step: 1, total: 8 };
      await jobs.cancel(await take((await submit({ keyId: "key_2" })).id), eighths);
      await jobs.requestCancel((await submit()).id);
      const day = new Date(now).toISOString().slice(0, 10);
      const found = [];
      for await (const row of readRollups(items, "ACC#acc_1", { from: day, to: day })) found.push(row);
      const of = { day, model: sampleParams.model };
      expect(found).toEqual([
        { of: { ...of, keyId: "key_1" }, sums: { ...noUsage, jobs: 2, succeeded: 1, steps: 8, charged: 100 } },
        { of: { ...of, keyId: "key_2" }, sums: { ...noUsage, jobs: 1, steps: 2, charged: 25 } },
      ]);
    });

    describe("the audit finds one micro-unit", () => {
      const planted: { readonly [where: string]: (items: Items) => Promise<Write[]> } = {
        "too much in the balance": async () => [{ add: balanceKey(accountId), attribute: "available", amount: 1 }],
        "too little in what is held": async () => [{ add: balanceKey(accountId), attribute: "held", amount: -1 }],
        "moved between the two": async () => [{ add: balanceKey(accountId), amounts: { available: 1, held: -1 } }],
        "in a hold": async (store) => changed(store, "HOLD#", (data) => ({ ...data, amount: Number(data.amount) + 1 })),
        "of spending": async () => [{ add: spendKey(accountId, "account"), attribute: "2026-01", amount: 1 }],
        "in a ledger entry": async (store) =>
          changed(store, ledgerPrefix, (data) => ({ ...data, available: Number(data.available) + 1 })),
        "in a job's charge": async (store) => {
          const [entry] = (
            await store.query({ index: "main", partition: "ACC#acc_1", prefix: ledgerPrefix })
          ).items.filter(({ data }) => data.kind === "settle");
          const { version: _, ...job } = (await store.get({ pk: `JOB#${entry?.data.jobId}`, sk: "META" }))!;
          return [{ put: { ...job, data: { ...job.data, job: { ...(job.data.job as object), charged: 99 } } } }];
        },
        "in a day's usage": async (store) =>
          changed(store, rollupPrefix, (data) => ({ ...data, charged: Number(data.charged) + 1 })),
        "of a lost day of usage": async (store) => {
          const page = await store.query({ index: "main", partition: "ACC#acc_1", prefix: rollupPrefix });
          return [{ delete: page.items[0]! }];
        },
        "of a lost hold": async (store) => {
          const page = await store.query({ index: "main", partition: "ACC#acc_1", prefix: "HOLD#" });
          return [{ delete: page.items[0]! }];
        },
      };

      async function changed(
        store: Items,
        prefix: string,
        change: (data: { readonly [key: string]: unknown }) => object,
      ): Promise<Write[]> {
        const { version: _, ...item } = (await store.query({ index: "main", partition: "ACC#acc_1", prefix })).items.at(
          -1,
        )!;
        return [{ put: { ...item, data: change(item.data) as never } }];
      }

      it.each(Object.keys(planted))("%s", async (where) => {
        await jobs.succeed(await take((await submit()).id), result);
        await submit();
        expect((await auditAccount(items, accountId)).discrepancies).toEqual([]);
        const reverse = (await items.query({ index: "main", partition: "ACC#acc_1", limit: 1000 })).items;
        const jobsBefore = await Promise.all(
          ["JOB#job_00000000000000000000000001", "JOB#job_00000000000000000000000003"].map((pk) =>
            items.get({ pk, sk: "META" }),
          ),
        );
        await items.write(await planted[where]!(items));
        const { discrepancies } = await auditAccount(items, accountId);
        expect(discrepancies.length).toBeGreaterThan(0);
        expect(discrepancies.every((found) => found.accountId === accountId && found.what !== "")).toBe(true);
        // As it was, for the audit after every test.
        for (const item of [...reverse, ...jobsBefore]) if (item) await items.write([{ put: item }]);
      });
    });
  });
}
