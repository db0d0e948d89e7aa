import type { Job } from "../job.ts";
import { idempotencyRetentionS, unstoredKeptS } from "../limits.ts";
import type { Write } from "../ports/items.ts";

/*
 * Jobs with `store: false`: their images go with the response that delivers them, one by one where links are fetched one
 * by one. With the last of them goes all else that the job held, which an hour after its end goes anyway. What is left
 * for two days is that there was such a job, so that a repetition of its request draws and charges nothing. The ledger,
 * the record of what was made, and the digests that find that record stay.
 */

/** Partition of the `due` index: jobs that ended, to be forgotten by then. */
export const unstoredDue = "DUE#unstored";

/** Longer than any key of a request is kept, and than the chain of a day waits for its records. */
export const forgottenKeptS = 2 * idempotencyRetentionS;

const laterKey = (jobId: string) => ({ pk: `UNSTORED#${jobId}`, sk: "META" });

/** Has a job forgotten that nobody fetched; to be written with its end. @param now - milliseconds since the epoch */
export function forgetLaterWrite({ id }: Pick<Job, "id">, now: number): Write {
  const dueAt = now + 1_000 * unstoredKeptS;
  // Whatever keeps it from being done by then is over some day.
  const exp = Math.floor(now / 1_000) + 30 * forgottenKeptS;
  return { put: { ...laterKey(id), duePk: unstoredDue, dueAt, exp, data: { jobId: id } } };
}

/** All of a job is deleted: nothing is left to be done later. */
export function doneForgettingWrite(jobId: string): Write {
  return { delete: laterKey(jobId) };
}

/** Where the images of its request are stored, and everything that is drawn for it. */
export function prefixesOf({ id, accountId }: Pick<Job, "id" | "accountId">): readonly string[] {
  return [`o/${id}/`, `p/${id}/`, inputsPrefix({ id, accountId })];
}

/** Images that a request brings lie by themselves here, and not by their content, which other jobs may share. */
export function inputsPrefix({ id, accountId }: Pick<Job, "id" | "accountId">): string {
  return `in/${accountId}/${id}/`;
}

/** The job without an image that was delivered. */
export function withoutDelivered(job: Job, index: number): Job {
  const delivered = job.images.find((image) => image.index === index);
  if (delivered === undefined) return job;
  const { width, height } = delivered;
  return {
    ...job,
    images: job.images.filter((image) => image !== delivered),
    deletedImages: [...(job.deletedImages ?? []), { index, width, height }],
  };
}

/**
 * What is left of a job that is over: how it ended and what it cost, as the ledger has it, and none of the words,
 * images and labels of its request.
 */
export function forgotten(job: Job, now: number): Job {
  const { id, accountId, keyId, status, lane, price, charged, createdAt, startedAt, finishedAt } = job;
  const { model, width, height, n, seed, steps, guidance, format, cfgNormalization, cfgTruncation } = job.params;
  const { images, ...bare } = job.images.reduce((left, { index }) => withoutDelivered(left, index), job);
  return {
    id,
    accountId,
    keyId,
    status,
    lane,
    price,
    charged,
    createdAt,
    startedAt,
    finishedAt,
    images,
    params: { prompt: "", cfgNormalization, cfgTruncation, model, width, height, n, seed, steps, guidance, format },
    attempt: job.attempt,
    failures: job.failures,
    error: job.error && { code: job.error.code, message: "the job was made with store: false; only its code was kept" },
    deletedImages: bare.deletedImages,
    inferenceMs: job.inferenceMs,
    metadata: {},
    warnings: [],
    unstored: {},
    forgottenAt: now,
  };
}
