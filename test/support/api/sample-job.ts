import type { ImageParams, Job } from "../../../shared/job.ts";

/** One small image, one step. */
export const sampleParams: ImageParams = {
  model: "z-image-turbo",
  prompt: "a fox",
  width: 64,
  height: 64,
  n: 1,
  seed: 1,
  steps: 1,
  guidance: 0,
  cfgNormalization: false,
  cfgTruncation: 1,
  format: "png",
};

/** Price of the sample job, in micro-units. */
export const samplePrice = {
  amount: 100,
  currency: "USD",
  rate: 1,
  lane: "interactive",
  effectiveFrom: "2026-01-01T00:00:00Z",
} as const;

/** A job as the API would submit it. @param id - without the prefix `job_` */
export function sampleJob(id: string, createdAt: number, changes: Partial<Job> = {}): Job {
  return {
    id: `job_${id}`,
    accountId: "acc_1",
    keyId: "key_1",
    status: "queued",
    params: sampleParams,
    metadata: {},
    createdAt,
    attempt: 0,
    failures: 0,
    images: [],
    warnings: [],
    ...changes,
  };
}
