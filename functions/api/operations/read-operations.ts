import type * as z from "zod";
import {
  imagesPerMinute,
  readActivity,
  type WorkerHour,
  waitQuantile,
} from "../../../shared/fair-queue/read-activity.ts";
import { readFailures } from "../../../shared/jobs/failure-counts.ts";
import { type RunningJob, readRunningJobs } from "../../../shared/jobs/running-jobs.ts";
import { type LiveWorker, readLiveWorkers } from "../../../shared/model-catalog/worker-models.ts";
import { decimalAmount } from "../../../shared/money/decimal-amount.ts";
import { type PriceList, tableAt } from "../../../shared/money/price-list.ts";
import { readAttemptHours } from "../../../shared/webhooks/attempt-totals.ts";
import type { RouteDependencies } from "../dependencies.ts";
import { isoTime, isoTimeOrNull } from "../http/iso-time.ts";
import { laneFigures, lanes } from "../metrics/lane-figures.ts";
import type { operationsSchema } from "./operations-responses.ts";

export type Operations = z.infer<typeof operationsSchema>;

/** Hours of failures and of webhooks. */
const hours = 24;
const maxAccounts = 1_000;
/** Balances that are read at once. */
const accountsAtOnce = 50;

/** The state of the service, from what the store keeps of queue, workers and jobs. @param minutes - of images drawn */
export async function readOperations(dependencies: RouteDependencies, minutes: number): Promise<Operations> {
  const { items, queue, clock, models, prices } = dependencies;
  const now = clock.now();
  const ids = models.map(({ id }) => id);
  const activityHours = Math.max(2, Math.ceil(minutes / 60) + 1);
  const [figures, workers, running, activity, failures, webhooks, accounts] = await Promise.all([
    Promise.all(lanes.map((lane) => laneFigures(queue, lane, now))),
    readLiveWorkers(items, now),
    readRunningJobs(items),
    readActivity(items, { models: ids, hours: activityHours, now }),
    readFailures(items, { hours, now }),
    readAttemptHours(items, { hours, now }),
    accountTotals(dependencies),
  ]);
  const series = imagesPerMinute(activity, { minutes, now });
  // The hour has just begun at times: with the one before there is always something to go by.
  const lately = activity.filter(({ hourAt }) => hourAt > now - 2 * 3_600_000);
  return {
    object: "operations",
    at: isoTime(now),
    lanes: lanes.map((lane, i) => {
      const { waiting, running: held, ageMs } = figures[i]!;
      return { lane, waiting, running: held, oldest_age_s: ageMs === undefined ? null : ageMs / 1_000 };
    }),
    models: ids.map((id) => modelState(id, { workers, lately })),
    workers: workers.map((worker) => presentWorker(worker, { running, lately })),
    images: {
      per_minute: series.map(({ at, images }) => ({ at: isoTime(at), images })),
      total: series.reduce((sum, { images }) => sum + images, 0),
    },
    wait: waitOf(lately),
    failures,
    webhooks: webhooks.map(({ at, attempts }) => ({ at: isoTime(at), attempts: { ...attempts } })),
    accounts: { ...accounts, currency: tableAt(prices, now).currency },
    prices: presentPrices(prices, now),
  };
}

function modelState(
  id: string,
  { workers, lately }: { readonly workers: readonly LiveWorker[]; readonly lately: readonly WorkerHour[] },
): Operations["models"][number] {
  const { ms, jobs } = sumOf(lately.filter(({ model }) => model === id));
  return {
    id,
    workers: workers.filter(({ model }) => model === id).length,
    seconds_per_job: jobs === 0 ? null : rounded(ms / jobs / 1_000),
  };
}

function presentWorker(
  { id, model, worker, at }: LiveWorker,
  { running, lately }: { readonly running: readonly RunningJob[]; readonly lately: readonly WorkerHour[] },
): Operations["workers"][number] {
  const own = lately.filter(({ workerId }) => workerId === id);
  const { ms, images } = sumOf(own);
  const job = running.find(({ workerId }) => workerId === id);
  return {
    id,
    model,
    state: job === undefined ? "idle" : "drawing",
    job_id: job?.id ?? null,
    device: worker.device ?? null,
    runtime: worker.runtime ?? null,
    plan: worker.plan ?? null,
    memory_bytes: worker.memoryBytes ?? null,
    started_at: isoTimeOrNull(worker.startedAt),
    last_seen_at: isoTime(Math.max(at, ...own.map((hour) => hour.at))),
    images_last_hour: images,
    seconds_per_image: images === 0 ? null : rounded(ms / images / 1_000),
  };
}

function sumOf(hoursDrawn: readonly WorkerHour[]) {
  const sums = { ms: 0, jobs: 0, images: 0 };
  for (const { ms, jobs, minutes } of hoursDrawn) {
    sums.ms += ms;
    sums.jobs += jobs;
    sums.images += minutes.reduce((sum, images) => sum + images, 0);
  }
  return sums;
}

function waitOf(lately: readonly WorkerHour[]): Operations["wait"] {
  const [p50, p95] = [waitQuantile(lately, 0.5), waitQuantile(lately, 0.95)];
  if (p50 === undefined || p95 === undefined) return null;
  const jobs = lately.flatMap(({ waits }) => waits).reduce((sum, count) => sum + count, 0);
  return { p50_s: rounded(p50), p95_s: rounded(p95), jobs };
}

/** To three digits behind the point: the figures are no more precise. */
const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;

async function accountTotals({ accounts }: Pick<RouteDependencies, "accounts">) {
  const all = (await accounts.list()).slice(0, maxAccounts);
  const sums = { available: 0, held: 0, open: 0 };
  for (let from = 0; from < all.length; from += accountsAtOnce) {
    const some = all.slice(from, from + accountsAtOnce);
    for (const { available, held, openJobs } of await Promise.all(some.map(({ id }) => accounts.balance(id)))) {
      sums.available += available;
      sums.held += held;
      sums.open += openJobs;
    }
  }
  const { available, held, open } = sums;
  return {
    count: all.length,
    available,
    available_decimal: decimalAmount(available),
    held,
    held_decimal: decimalAmount(held),
    open_jobs: open,
  };
}

function presentPrices(prices: PriceList, now: number): Operations["prices"] {
  const current = tableAt(prices, now);
  return prices.map((table) => ({
    effective_from: new Date(table.effectiveFrom).toISOString(),
    in_force: table === current,
    rates: table.rates.map(({ model, interactive, batch }) => ({ model, interactive, batch })),
  }));
}
