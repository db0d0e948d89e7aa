import { createJobStore } from "../shared/jobs/create-job-store.ts";
import type { JobStore } from "../shared/jobs/job-store.ts";
import { systemClock as clock } from "../shared/ports/clock.ts";
import type { Items } from "../shared/ports/items.ts";
import { readRecordKeys } from "../shared/records/record-key.ts";
import { readRecordsS } from "../shared/records/record-years.ts";

/**
 * Shorter than in the cloud, because no network lies between a worker and the store: a job whose message was not sent
 * by then has lost its API process in between.
 */
const resendAfterMs = 5_000;

/**
 * The job store of one machine, the same in each of its processes.
 * @param env - says how long records of what was made are kept, and what seals the prompts in them
 */
export function openLocalJobs(items: Items, env: Readonly<Record<string, string | undefined>> = {}): JobStore {
  const [promptKey] = readRecordKeys(env);
  return createJobStore({ items, clock, resendAfterMs, recordsS: readRecordsS(env), promptKey });
}
