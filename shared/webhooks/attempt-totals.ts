import type { Items } from "../ports/items.ts";

const key = { pk: "TOTALS", sk: "webhook-attempts" };

/** Attempts by what became of the message: delivered, to be tried again, given up, and the like. */
export type AttemptTotals = { readonly [status: string]: number };

/** Adds what a dispatcher has counted since the last time. */
export async function addAttemptTotals(items: Items, counted: AttemptTotals): Promise<void> {
  const amounts = Object.fromEntries(Object.entries(counted).filter(([, count]) => count > 0));
  if (Object.keys(amounts).length > 0) await items.write([{ add: key, amounts }]);
}

export async function readAttemptTotals(items: Pick<Items, "get">): Promise<AttemptTotals> {
  const data = (await items.get(key))?.data ?? {};
  return Object.fromEntries(Object.entries(data).map(([status, count]) => [status, Number(count)]));
}
