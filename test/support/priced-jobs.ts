import type { JobStore } from "../../shared/job-store.ts";

const price = {
  ...{ amount: 100_003, currency: "USD", rate: 1, lane: "interactive" },
  effectiveFrom: "2026-01-01T00:00:00Z",
} as const;

/** A store whose jobs cost a tenth of a dollar and a little, unless they have a price already. */
export function pricedJobs(jobs: JobStore): JobStore {
  return {
    ...jobs,
    submit: ({ job, ...submission }) =>
      jobs.submit({ terms: { unlimited: false }, ...submission, job: { ...job, price: job.price ?? price } }),
  };
}
