import type { Job } from "../../../shared/job.ts";
import type { JobStore } from "../../../shared/jobs/job-store.ts";

/** Every job of these accounts, newest first in each. @param limit - jobs per page */
export async function allJobs(
  jobs: Pick<JobStore, "list">,
  accounts: Iterable<{ readonly accountId: string }>,
  limit = 100,
): Promise<Job[]> {
  const all: Job[] = [];
  for (const { accountId } of accounts) {
    let cursor: string | undefined;
    do {
      const page = await jobs.list({ accountId, limit, cursor });
      all.push(...page.jobs);
      cursor = page.cursor;
    } while (cursor !== undefined);
  }
  return all;
}
