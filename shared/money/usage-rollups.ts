import type { JobPrice, JobStatus } from "../job.ts";
import type { Item, Items, Write } from "../ports/items.ts";
import { queryEach } from "../ports/query-all.ts";

/*
 * Usage by account, day, key and model: one row of sums each, to which every settlement adds in its own transaction. So
 * a report of months reads some rows a day, not every job.
 */

/** Name under which `index-begin.ts` knows since when settlements are in these rows. */
export const rollupIndex = "usage by day";

export const rollupPrefix = "USE#";

/** What an ended job was charged for, as its settlement in the ledger says. */
export interface LedgerUsage {
  readonly status: JobStatus;
  readonly charged: number;
  readonly currency: string;
  readonly model: string;
  readonly lane: JobPrice["lane"];
  readonly images: number;
  /** Steps that were charged, all images together. */
  readonly steps: number;
  /** Megapixels of the images, all together. */
  readonly megapixels: number;
  readonly metadata: { readonly [key: string]: string };
}

/** Sums of the jobs that ended. Whole numbers, so that they can be added up in any order. */
export interface UsageSums {
  readonly jobs: number;
  readonly succeeded: number;
  readonly images: number;
  /** Charged steps, all images together. */
  readonly steps: number;
  /** Pixels of all images together. */
  readonly pixels: number;
  /** Micro-units. */
  readonly charged: number;
}

/** What a roll-up sums over. The day is that on which the jobs ended (UTC), `YYYY-MM-DD`. */
export interface UsageOf {
  readonly day: string;
  readonly keyId: string;
  readonly model: string;
}

export const noUsage: UsageSums = { jobs: 0, succeeded: 0, images: 0, steps: 0, pixels: 0, charged: 0 };

export function addedUsage(a: UsageSums, b: UsageSums): UsageSums {
  return {
    jobs: a.jobs + b.jobs,
    succeeded: a.succeeded + b.succeeded,
    images: a.images + b.images,
    steps: a.steps + b.steps,
    pixels: a.pixels + b.pixels,
    charged: a.charged + b.charged,
  };
}

/** One settlement as sums. */
export function sumsOf({ status, images, steps, megapixels, charged }: LedgerUsage): UsageSums {
  const succeeded = status === "succeeded" ? 1 : 0;
  return { jobs: 1, succeeded, images, steps, pixels: Math.round(megapixels * 1e6), charged };
}

/** @param at - milliseconds since the epoch */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** The row's sort key: key ids have no `#`, models may. */
export function rollupSortKey({ day, keyId, model }: UsageOf): string {
  return `${rollupPrefix}${day}#${keyId}#${model}`;
}

/**
 * Adds a settlement to the row it belongs to.
 * @param partition - of the account, as in `readRollups`
 * @param beside - amounts that are counted in the same row
 */
export function rollupWrite(
  partition: string,
  of: UsageOf,
  usage: LedgerUsage,
  beside: { readonly [attribute: string]: number } = {},
): Write {
  return { add: { pk: partition, sk: rollupSortKey(of) }, amounts: { ...sumsOf(usage), ...beside } };
}

/** Rows of the days from `from` to `to`, both included, by day. */
export async function* readRollups(
  items: Items,
  partition: string,
  { from, to }: { readonly from: string; readonly to: string },
): AsyncGenerator<{ readonly of: UsageOf; readonly sums: UsageSums }, void> {
  const range = { from: rollupPrefix + from, to: `${rollupPrefix}${to}~` };
  for await (const item of queryEach(items, { index: "main", partition, ...range })) {
    yield { of: ownerOf(item), sums: readSums(item) };
  }
}

export function ownerOf({ sk }: Pick<Item, "sk">): UsageOf {
  const [day = "", keyId = "", ...model] = sk.slice(rollupPrefix.length).split("#");
  return { day, keyId, model: model.join("#") };
}

function readSums({ data }: Pick<Item, "data">): UsageSums {
  const of = (name: keyof UsageSums) => Number(data[name] ?? 0);
  return {
    jobs: of("jobs"),
    succeeded: of("succeeded"),
    images: of("images"),
    steps: of("steps"),
    pixels: of("pixels"),
    charged: of("charged"),
  };
}
