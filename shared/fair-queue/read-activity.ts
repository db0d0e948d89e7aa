import * as z from "zod";
import type { Items } from "../ports/items.ts";
import { hourOf, pacePartition, waitBounds } from "./model-pace.ts";

/** What one worker drew with one model in one hour. */
export interface WorkerHour {
  readonly workerId: string;
  readonly model: string;
  /** Its beginning, milliseconds since the epoch. */
  readonly hourAt: number;
  readonly jobs: number;
  /** Time that these jobs took, milliseconds. */
  readonly ms: number;
  /** Images by the minute of the hour in which their job ended. */
  readonly minutes: readonly number[];
  /** Jobs by the class of their waiting time; `waitBounds`, and one that is open. */
  readonly waits: readonly number[];
  /** Of the last job that is counted, milliseconds since the epoch. */
  readonly at: number;
}

const count = z.number().min(0);
const recordSchema = z.object({
  jobs: count,
  ms: count,
  // Not in rows of earlier versions.
  minutes: z.array(count).length(60),
  waits: z.array(count).length(waitBounds.length + 1),
  at: count,
});

const hourMs = 3_600_000;
/** More workers than a fleet has in an hour. */
const mostWorkers = 1_000;

/**
 * What the workers drew in the hour of `now` and those before it. A worker writes once in a while: what it drew in the
 * last seconds (half a minute on AWS) may be missing.
 * @param models - ids
 */
export async function readActivity(
  items: Items,
  { models, hours, now }: { readonly models: readonly string[]; readonly hours: number; readonly now: number },
): Promise<WorkerHour[]> {
  const asked = models.flatMap((model) => Array.from({ length: hours }, (_, back) => ({ model, back })));
  const found = await Promise.all(
    asked.map(async ({ model, back }) => {
      const hour = hourOf(now - back * hourMs);
      const query = { index: "main", partition: pacePartition(model), prefix: `${hour}#`, limit: mostWorkers } as const;
      const { items: rows } = await items.query(query);
      return rows.flatMap(({ sk, data }) => {
        const record = recordSchema.safeParse(data);
        const hourAt = Date.parse(`${hour}:00:00.000Z`);
        return record.success ? [{ workerId: sk.slice(hour.length + 1), model, hourAt, ...record.data }] : [];
      });
    }),
  );
  return found.flat();
}

/** Images of each minute up to that of `now`, the oldest first. */
export function imagesPerMinute(
  hours: readonly WorkerHour[],
  { minutes, now }: { readonly minutes: number; readonly now: number },
): { readonly at: number; readonly images: number }[] {
  const last = Math.floor(now / 60_000) * 60_000;
  const series = Array.from({ length: minutes }, (_, i) => ({ at: last - (minutes - 1 - i) * 60_000, images: 0 }));
  const first = series[0]?.at ?? last;
  for (const { hourAt, minutes: drawn } of hours) {
    for (const [minute, images] of drawn.entries()) {
      const entry = series[(hourAt + minute * 60_000 - first) / 60_000];
      if (entry !== undefined) entry.images += images;
    }
  }
  return series;
}

/**
 * A quantile of the waiting times in seconds, within a class by its share; `undefined` where no job was counted. In the
 * class that is open, its lower bound.
 * @param share - 0 to 1
 */
export function waitQuantile(hours: readonly WorkerHour[], share: number): number | undefined {
  const counts = Array.from({ length: waitBounds.length + 1 }, (_, i) =>
    hours.reduce((sum, { waits }) => sum + waits[i]!, 0),
  );
  const wanted = share * counts.reduce((sum, jobs) => sum + jobs, 0);
  if (wanted === 0) return undefined;
  let before = 0;
  for (const [i, jobs] of counts.entries()) {
    if (before + jobs >= wanted && jobs > 0) {
      const lower = i === 0 ? 0 : waitBounds[i - 1]!;
      const upper = waitBounds[i] ?? lower;
      return lower + ((upper - lower) * (wanted - before)) / jobs;
    }
    before += jobs;
  }
  return waitBounds.at(-1);
}
