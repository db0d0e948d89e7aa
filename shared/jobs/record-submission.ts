import { createHmac } from "node:crypto";
import { InvalidInputError, LimitError } from "../errors.ts";
import type { Job } from "../job.ts";
import { idempotencyRetentionS } from "../limits.ts";
import { balanceKey, reserveWrites, type SpendTerms, spendKey } from "../money/ledger.ts";
import { lowBalanceMessages } from "../money/low-balance.ts";
import { assertMaySpend } from "../money/spend-check.ts";
import { type Item, type ItemKey, ItemsConditionFailed, type Write } from "../ports/items.ts";
import type { IdempotencyKey, Submission, SubmitResult } from "./job-store.ts";
import { maxRaces, type StoredJobs } from "./stored-jobs.ts";
import { watchWrite } from "./watched-jobs.ts";

const noTerms: SpendTerms = { unlimited: true };

/** @see JobStore.findReplay */
export async function findReplay(
  jobs: StoredJobs,
  accountId: string,
  idempotency: IdempotencyKey,
): Promise<Job | undefined> {
  return (await readKey(jobs, accountId, idempotency)).job;
}

/**
 * The transaction of a submission: the job, its first event, its idempotency key and the hold of its price. What it
 * refuses (a key that is taken, money that is gone) is looked up only then, to say which it was; so a submission
 * without contention reads none of it.
 * @see JobStore.submit
 */
export async function recordSubmission(
  jobs: StoredJobs,
  { job, idempotency, terms = noTerms, watched = false }: Submission,
): Promise<SubmitResult> {
  const { items, clock } = jobs;
  let usedKey: Item | undefined;
  await jobs.noteIndexes();
  for (let race = 0; race < maxRaces; race++) {
    const events = [{ type: "queued", data: {} }] as const;
    const writes = await jobs.writesOf(undefined, { job, events });
    const low = await lowBalanceMessages(items, job, terms.lowBalance, clock.now());
    const limits = { available: low.atLeast, open: jobs.maxUnfinished - 1 };
    writes.push(...reserveWrites(job, terms, clock.now(), limits), ...low.writes);
    if (watched) writes.push(watchWrite(job.id, clock.now()));
    if (idempotency) writes.push(keyWrite(job, idempotency, usedKey, clock.now()));
    try {
      await items.write(writes);
      return { job, replayed: false };
    } catch (error) {
      // A repeated job id is a bug of the caller.
      if (!(error instanceof ItemsConditionFailed) || error.failed.includes(0)) throw error;
    }
    if (idempotency) {
      const known = await readKey(jobs, job.accountId, idempotency);
      if (known.job) return { job: known.job, replayed: true };
      usedKey = known.item;
    }
    await assertRoom(jobs, job, terms);
    await assertMaySpend(items, job, terms);
  }
  throw new Error(`submit of job ${job.id} lost ${maxRaces} races in a row`);
}

/** `Retry-After` where nobody knows better: about the time of one job. */
const roomRetryS = 5;

/**
 * Says which limit on open jobs refused the transaction.
 * @throws LimitError `queue_full`, `concurrency_limit`
 */
async function assertRoom(
  { items, maxUnfinished }: StoredJobs,
  { accountId, keyId, price }: Job,
  { accountMaxOpen, keyMaxOpen }: SpendTerms,
): Promise<void> {
  if (price === undefined) return;
  const open = (await items.get(balanceKey(accountId)))?.data.open;
  // A condition on a number needs it to be there.
  if (open === undefined)
    await items.write([{ add: balanceKey(accountId), amounts: { available: 0, held: 0, open: 0 } }]);
  if (Number(open ?? 0) >= maxUnfinished) throw queueFull(Number(open), maxUnfinished, roomRetryS);
  assertOpenWithin("account", Number(open ?? 0), accountMaxOpen);
  if (keyMaxOpen === undefined) return;
  const key = spendKey(accountId, { keyId });
  const openOfKey = (await items.get(key))?.data.open;
  if (openOfKey === undefined) await items.write([{ add: key, attribute: "open", amount: 0 }]);
  assertOpenWithin("API key", Number(openOfKey ?? 0), keyMaxOpen);
}

/**
 * @param open - jobs that are not over @param most - of them @default no limit
 * @throws LimitError `concurrency_limit`
 */
export function assertOpenWithin(whose: "account" | "API key", open: number, most: number | undefined): void {
  if (most === undefined || open < most) return;
  const message = `the ${whose} has ${open} open jobs, the limit is ${most}; wait for one to finish`;
  throw new LimitError("concurrency_limit", message, roomRetryS, { open, limit: most });
}

/** An account has as many unfinished jobs as it may have. */
export function queueFull(open: number, most: number, retryAfterS: number): LimitError {
  const message =
    `this account has ${open} unfinished jobs, the most that one may have is ${most}; ` +
    `try again in ${retryAfterS} s`;
  return new LimitError("queue_full", message, retryAfterS, { open, limit: most });
}

/** A key and the job it stands for; a key that has expired, or whose job is no longer stored, stands for none. */
async function readKey(
  jobs: StoredJobs,
  accountId: string,
  { key, fingerprint }: IdempotencyKey,
): Promise<{ readonly item?: Item; readonly job?: Job }> {
  const item = await jobs.items.get(addressOf(accountId, key));
  if (item === undefined || (item.exp ?? 0) * 1000 <= jobs.clock.now()) return { item };
  const job = (await jobs.read(String(item.data.jobId)))?.job;
  // Nobody can tell any more what was asked.
  if (job?.forgottenAt !== undefined) return { item, job };
  if (item.data.fingerprint !== keptFingerprint(fingerprint, job)) {
    throw new InvalidInputError(
      "idempotency_key_reused",
      "this Idempotency-Key came with another body before; send the same body again or take a new key",
      { param: "Idempotency-Key" },
    );
  }
  return { item, job };
}

/** Of a job with `store: false` a digest that can be made only as long as the job is there. */
function keptFingerprint(fingerprint: string, job: Pick<Job, "unstored"> | undefined): string {
  const salt = job?.unstored?.salt;
  return salt === undefined ? fingerprint : createHmac("sha256", salt).update(fingerprint).digest("base64url");
}

/** @param used - the key's record, where an earlier use of it has expired */
function keyWrite(job: Job, { key, fingerprint }: IdempotencyKey, used: Item | undefined, now: number): Write {
  const exp = Math.floor(now / 1000) + idempotencyRetentionS;
  const put = {
    ...addressOf(job.accountId, key),
    exp,
    data: { fingerprint: keptFingerprint(fingerprint, job), jobId: job.id },
  };
  return { put, if: used ? { version: used.version } : { absent: true } };
}

function addressOf(accountId: string, key: string): ItemKey {
  return { pk: `IDEM#${accountId}#${key}`, sk: "META" };
}
