import type { Job } from "../job.ts";
import type { Items, Write } from "../ports/items.ts";

/*
 * Why jobs ended without images, by the hour: one row a day. Only such an end adds to it, and apart from the job's
 * transaction, as it adds to the totals.
 */

const partition = "FAILURES";
const dayOf = (now: number): string => new Date(now).toISOString().slice(0, 10);
const hourMs = 3_600_000;

/** Nothing for a job that succeeded, or that its caller canceled. */
export function failureWrites({ status, error }: Job, now: number): Write[] {
  if (status !== "failed" && status !== "expired") return [];
  const code = status === "expired" ? "expired" : (error?.code ?? "internal_error");
  const hour = new Date(now).toISOString().slice(11, 13);
  const key = { pk: partition, sk: dayOf(now) };
  return [{ add: key, amounts: { [`${hour} ${code}`]: 1 }, apart: "after" }];
}

/** Jobs by the code of their error in the hour of `now` and those before it, the most frequent first. */
export async function readFailures(
  items: Pick<Items, "get">,
  { hours, now }: { readonly hours: number; readonly now: number },
): Promise<{ readonly code: string; readonly count: number }[]> {
  const wanted = Array.from({ length: hours }, (_, back) => new Date(now - back * hourMs).toISOString().slice(0, 13));
  const days = [...new Set(wanted.map((hour) => hour.slice(0, 10)))];
  const rows = await Promise.all(days.map(async (day) => (await items.get({ pk: partition, sk: day }))?.data ?? {}));
  const counts = new Map<string, number>();
  for (const [i, row] of rows.entries()) {
    for (const [name, count] of Object.entries(row)) {
      const [hour, code = ""] = name.split(" ");
      if (wanted.includes(`${days[i]}T${hour}`)) counts.set(code, (counts.get(code) ?? 0) + Number(count));
    }
  }
  return Array.from(counts, ([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count);
}
