import type { Clock } from "../ports/clock.ts";
import { type Items, ItemsConditionFailed } from "../ports/items.ts";
import { queryEach } from "../ports/query-all.ts";
import { recordType } from "../ports/record.ts";
import { meterDue, meterSetAside } from "./ledger.ts";

/** A charge that the billing system refused. */
export interface UnreportedUsage {
  /** The ledger entry's id, by which the billing system knows it. */
  readonly id: string;
  readonly accountId: string;
  readonly customer: string;
  /** Micro-units. */
  readonly charged: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly failure: string;
}

const record = recordType<UnreportedUsage>("usage event", ["id", "customer", "charged", "failure"]);

/** Oldest refusal first. */
export async function* unreportedUsage(items: Items): AsyncGenerator<UnreportedUsage, void> {
  for await (const item of queryEach(items, { index: "due", partition: meterSetAside })) yield record.read(item);
}

/**
 * Reports the refused charges again from the next pass on, once what made the billing system refuse them is mended.
 * @returns how many
 */
export async function reportAgain(items: Items, clock: Clock): Promise<number> {
  let count = 0;
  for await (const { version, ...item } of queryEach(items, { index: "due", partition: meterSetAside })) {
    const { failure: _, ...data } = item.data;
    const put = { ...item, duePk: meterDue, dueAt: clock.now(), data: { ...data, attempts: 0 } };
    try {
      await items.write([{ put, if: { version } }]);
      count++;
    } catch (error) {
      // Another call did the same.
      if (!(error instanceof ItemsConditionFailed)) throw error;
    }
  }
  return count;
}
