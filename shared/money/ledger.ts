import { countedImages } from "../images/image-hours.ts";
import type { Job } from "../job.ts";
import type { ItemKey, NumberCondition, Write } from "../ports/items.ts";
import { recordType } from "../ports/record.ts";
import { stepsToPay } from "./charge.ts";
import { dayOf, type LedgerUsage, rollupWrite } from "./usage-rollups.ts";

/**
 * The money of an account: an append-only ledger, and what follows from it. Pure functions that say what to write;
 * whoever ends a job puts these writes into the transaction that ends it. All amounts are whole micro-units of one
 * currency.
 *
 *   credit    available + amount
 *   reserve   available − amount, held + amount                      with the job's submission
 *   settle    held − amount, available + (amount − charged)          with the job's end
 *
 * Every entry carries both differences, so `audit-ledger.ts` recomputes each balance and each hold by adding up.
 * A job is settled once for two reasons, either of which suffices: its record is written under its version (the fence),
 * and its hold can be deleted only once.
 */
export interface LedgerEntry {
  /** Stable: the same in every retry, and the identifier that billing systems tell duplicates by. */
  readonly id: string;
  readonly kind: "credit" | "reserve" | "settle";
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly accountId: string;
  /** Amounts it adds to the account's spendable and held money. */
  readonly available: number;
  readonly held: number;
  /** Credits: the operator's reference (an invoice, a payment), once per account, and a note. */
  readonly reference?: string;
  readonly note?: string;
  /** Reservations and settlements. */
  readonly jobId?: string;
  readonly keyId?: string;
  /** `YYYY-MM` (UTC) whose spending this counts to: that of the job's submission. */
  readonly month?: string;
  /** Settlements. */
  readonly usage?: LedgerUsage;
  /** Settlements that were added to the sums of their day (`usage-rollups.ts`); absent in older ones. */
  readonly rolledUp?: true;
}

export const ledgerEntry = recordType<LedgerEntry>("ledger entry", ["id", "kind", "available", "held"]);

/** Paying account and spending limits of a submission, as account and key have them at that moment. */
export interface SpendTerms {
  /** May go below zero: the account pays later, or never, as that of one's own machine. */
  readonly unlimited: boolean;
  /** Most that the account, or the key, may spend in one calendar month (UTC). */
  readonly accountMonthlyCap?: number;
  readonly keyMonthlyCap?: number;
  /** Most open jobs of the account, or the key, this one among them. */
  readonly accountMaxOpen?: number;
  readonly keyMaxOpen?: number;
  /** Below this much spendable money the account's endpoints are told. */
  readonly lowBalance?: number;
}

export const accountPartition = (accountId: string): string => `ACC#${accountId}`;

/**
 * `{ available, held, open }`: spendable and held micro-units, and the number of holds. And by lane the jobs that ever
 * entered and ended: `interactiveEntered`, `interactiveEnded`, `batchEntered`, `batchEnded`.
 */
export const balanceKey = (accountId: string): ItemKey => ({ pk: accountPartition(accountId), sk: "BALANCE" });

/**
 * `{ [month]: −spent, open }` of the account or of one key. Spending is kept negated, because a write can require "at
 * least" and nothing else: spent ≤ cap is −spent ≥ −cap. Money that is held counts as spent.
 */
export const spendKey = (accountId: string, of: "account" | { readonly keyId: string }): ItemKey => ({
  pk: accountPartition(accountId),
  sk: of === "account" ? "SPEND#account" : `SPEND#${of.keyId}`,
});

export const holdPrefix = "HOLD#";
export const ledgerPrefix = "LED#";
/** Partition of the `due` index: settlements not yet reported to the billing system. */
export const meterDue = "DUE#meter";
/** Partition of the `due` index: settlements that the billing system refused, with its reason. */
export const meterSetAside = "DUE#meter-set-aside";

export const holdKey = (accountId: string, jobId: string): ItemKey => ({
  pk: accountPartition(accountId),
  sk: `${holdPrefix}${jobId}`,
});

export function monthOf(at: number): string {
  return new Date(at).toISOString().slice(0, 7);
}

/** Entries sort by time. */
function ledgerSortKey(at: number, subject: string): string {
  return `${ledgerPrefix}${new Date(at).toISOString()}#${subject}`;
}

/** Spendable money of an operator's choosing; negative takes it back. A reference counts once. */
export function creditWrites(credit: {
  readonly accountId: string;
  readonly amount: number;
  readonly reference: string;
  readonly note?: string;
  readonly at: number;
}): Write[] {
  const { accountId, amount, reference, note, at } = credit;
  assertAmount(Math.abs(amount));
  const entry: LedgerEntry = {
    id: `credit_${accountId}_${reference}`,
    kind: "credit",
    at,
    accountId,
    available: amount,
    held: 0,
    reference,
    note,
  };
  const used = { pk: accountPartition(accountId), sk: `CREDIT#${reference}`, data: { at, amount } };
  return [
    { put: used, if: { absent: true } },
    appended(entry, `credit#${reference}`),
    { add: balanceKey(accountId), amounts: { available: amount, held: 0, open: 0 } },
  ];
}

/**
 * Sets the price of a job aside, and counts it as open. Nothing for a job without a price.
 * @param limits - spendable money that there must be at least, where that is more than the price; open jobs that there
 * may be at most, beside this one
 */
export function reserveWrites(
  job: Job,
  { unlimited, accountMonthlyCap, keyMonthlyCap, accountMaxOpen, keyMaxOpen }: SpendTerms,
  at: number,
  limits: { readonly available?: number; readonly open?: number } = {},
): Write[] {
  const { id: jobId, accountId, keyId, price } = job;
  if (price === undefined) return [];
  const { amount } = price;
  assertAmount(amount);
  const month = monthOf(job.createdAt);
  const within = (cap: number | undefined, mostOpen?: number) => {
    const conditions: NumberCondition[] = [
      ...(cap === undefined ? [] : [{ attribute: month, atLeast: amount - cap }]),
      ...(mostOpen === undefined ? [] : [{ attribute: "open", atMost: mostOpen - 1 }]),
    ];
    return conditions.length === 0 ? {} : { if: { every: conditions } };
  };
  const needed = Math.max(limits.available ?? 0, unlimited ? 0 : amount);
  const open = Math.min(limits.open ?? Number.POSITIVE_INFINITY, (accountMaxOpen ?? Number.POSITIVE_INFINITY) - 1);
  const every: NumberCondition[] = [
    ...(needed > 0 ? [{ attribute: "available", atLeast: needed }] : []),
    ...(Number.isFinite(open) ? [{ attribute: "open", atMost: open }] : []),
  ];
  const hold = { ...holdKey(accountId, jobId), data: { jobId, keyId, amount, month, at, createdAt: job.createdAt } };
  const amounts = { available: -amount, held: amount, open: 1, ...countedInLane(job, "Entered") };
  const balance = { add: balanceKey(accountId), amounts };
  const entry: LedgerEntry = {
    id: `reserve_${jobId}`,
    kind: "reserve",
    at,
    accountId,
    available: -amount,
    held: amount,
    jobId,
    keyId,
    month,
  };
  return [
    every.length > 0 ? { ...balance, if: { every } } : balance,
    { add: spendKey(accountId, "account"), amounts: { [month]: -amount }, ...within(accountMonthlyCap) },
    {
      add: spendKey(accountId, { keyId }),
      amounts: { [month]: -amount, open: 1 },
      ...within(keyMonthlyCap, keyMaxOpen),
    },
    { put: hold, if: { absent: true } },
    appended(entry, `${jobId}#reserve`),
  ];
}

/**
 * Turns the hold of an ended job into a charge, and gives the rest back.
 *
 * @param job - ended, with `charged`
 * @param before - the job before it ended
 */
export function settleWrites(job: Job, before: Job, at: number): Write[] {
  const { id: jobId, accountId, keyId, price, charged = 0 } = job;
  if (price === undefined) return [];
  const { amount } = price;
  if (!(charged >= 0 && charged <= amount)) throw new Error(`job ${jobId} would be charged ${charged} of ${amount}`);
  const month = monthOf(job.createdAt);
  const refund = amount - charged;
  const usage = usageOf(job, before);
  const entry: LedgerEntry = {
    id: `settle_${jobId}`,
    kind: "settle",
    at,
    accountId,
    available: refund,
    held: -amount,
    jobId,
    keyId,
    month,
    usage,
    rolledUp: true,
  };
  const meter: Write[] =
    price.meterCustomer === undefined || charged === 0
      ? []
      : [
          {
            put: {
              pk: `METER#${entry.id}`,
              sk: "META",
              duePk: meterDue,
              dueAt: at,
              data: { id: entry.id, accountId, customer: price.meterCustomer, charged, at, attempts: 0 },
            },
            if: { absent: true },
          },
        ];
  return [
    {
      add: balanceKey(accountId),
      amounts: { available: refund, held: -amount, open: -1, ...countedInLane(job, "Ended") },
    },
    ...(refund > 0 ? [{ add: spendKey(accountId, "account"), amounts: { [month]: refund } }] : []),
    { add: spendKey(accountId, { keyId }), amounts: { [month]: refund, open: -1 } },
    { delete: holdKey(accountId, jobId), if: { version: 1 } },
    appended(entry, `${jobId}#settle`),
    rollupWrite(
      accountPartition(accountId),
      { day: dayOf(at), keyId, model: usage.model },
      usage,
      countedImages(job, usage.images),
    ),
    ...meter,
  ];
}

/** Only jobs that were counted when they entered are counted when they end. */
function countedInLane(
  { lane = "interactive", entered }: Job,
  what: "Entered" | "Ended",
): { [attribute: string]: number } {
  return entered === undefined ? {} : { [`${lane}${what}`]: 1 };
}

function usageOf({ params, price, status, charged = 0, images, metadata }: Job, before: Job): LedgerUsage {
  const { model, width, height } = params;
  const { currency, lane } = price!;
  const drawn = status === "succeeded" ? images.length : 0;
  return {
    status,
    charged,
    currency,
    model,
    lane,
    images: drawn,
    // A failed job was charged only where the fault was its caller's.
    steps: charged === 0 && status !== "succeeded" ? 0 : stepsToPay(before, status, true),
    megapixels: (drawn * width * height) / 1e6,
    metadata,
  };
}

function appended(entry: LedgerEntry, subject: string): Write {
  const key = { pk: accountPartition(entry.accountId), sk: ledgerSortKey(entry.at, subject) };
  return { put: { ...key, data: ledgerEntry.write(entry) }, if: { absent: true } };
}

function assertAmount(amount: number): void {
  if (!Number.isSafeInteger(amount) || amount < 0) throw new Error(`money is whole micro-units, got ${amount}`);
}
