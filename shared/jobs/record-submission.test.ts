import { afterEach, beforeEach, expect, it } from "vitest";
import { sampleJob, samplePrice } from "../../test/support/api/sample-job.ts";
import { openEmbeddedItems } from "../embedded/items.ts";
import { idempotencyRetentionS } from "../limits.ts";
import { Accounts } from "../money/accounts.ts";
import type { Items } from "../ports/items.ts";
import { findReplay, recordSubmission } from "./record-submission.ts";
import { StoredJobs } from "./stored-jobs.ts";

let now: number;
const clock = { now: () => now, sleep: async () => {} };
const times = { leaseMs: 1_000, maxFailures: 3 };
let items: Items;
let jobs: StoredJobs;
beforeEach(() => {
  now = Date.UTC(2026, 0, 1);
  items = openEmbeddedItems(":memory:", { clock });
  jobs = new StoredJobs({ items, clock, times, resendMs: 500, askMs: 1_000, recordsS: 3_600, maxUnfinished: 2 });
});
afterEach(() => items.close());

const priced = (id: string) => sampleJob(id, now, { price: samplePrice });
const idempotency = { key: "k", fingerprint: "f" };

it("gives a repeated key the job that it stands for, and refuses it for another body", async () => {
  expect(await recordSubmission(jobs, { job: priced("1"), idempotency })).toMatchObject({ replayed: false });
  const again = await recordSubmission(jobs, { job: priced("2"), idempotency });
  expect(again).toMatchObject({ replayed: true, job: { id: "job_1" } });
  const other = recordSubmission(jobs, { job: priced("3"), idempotency: { key: "k", fingerprint: "g" } });
  await expect(other).rejects.toMatchObject({ code: "idempotency_key_reused", param: "Idempotency-Key" });
});

it("takes a key that has expired for a new one", async () => {
  await recordSubmission(jobs, { job: priced("1"), idempotency });
  now += (idempotencyRetentionS + 1) * 1_000;
  expect(await findReplay(jobs, "acc_1", idempotency)).toBeUndefined();
  expect(await recordSubmission(jobs, { job: priced("2"), idempotency })).toMatchObject({ replayed: false });
});

it("refuses one unfinished job more than an account may have, and says when to try again", async () => {
  for (const id of ["1", "2"]) await recordSubmission(jobs, { job: priced(id) });
  await expect(recordSubmission(jobs, { job: priced("3") })).rejects.toMatchObject({
    code: "queue_full",
    retryAfterS: 5,
    message: expect.stringContaining("has 2 unfinished jobs, the most that one may have is 2"),
  });
});

it("records nothing where the money does not suffice", async () => {
  await items.write([{ put: { pk: "ACC#acc_1", sk: "META", data: { id: "acc_1", name: "", createdAt: now } } }]);
  await new Accounts({ items, clock }).credit("acc_1", { amount: 99, reference: "r" });
  const terms = { unlimited: false };
  await expect(recordSubmission(jobs, { job: priced("1"), terms })).rejects.toMatchObject({
    code: "insufficient_balance",
  });
  expect(await jobs.read("job_1")).toBeUndefined();
});

it("takes a job id that is there already for a bug", async () => {
  await recordSubmission(jobs, { job: priced("1") });
  await expect(recordSubmission(jobs, { job: priced("1") })).rejects.toThrow();
});
