import { createHash } from "node:crypto";
import type { Job } from "../job.ts";
import type { Items, Write } from "../ports/items.ts";
import { recordType } from "../ports/record.ts";

/*
 * Finds the job that a watermark names, by the 24 bits of its digest that the mark has room for: a row a job, where its
 * worker marks images.
 */

export interface MarkedJob {
  readonly jobId: string;
  readonly accountId: string;
  /** Canonical model id. */
  readonly model: string;
  /** Images that it drew. */
  readonly images: number;
  /** When it ended; milliseconds since the epoch. */
  readonly at: number;
}

const markedJob = recordType<MarkedJob>("marked job", ["jobId", "accountId", "model", "images", "at"]);

const partitionOf = (digest: number) => `WATERMARK#${digest.toString(16).padStart(6, "0")}`;

/** What a watermark says of a job: 24 bits. */
export function watermarkOfJob(jobId: string): number {
  return createHash("sha256").update(`job ${jobId}`).digest().readUInt32BE(0) >>> 8;
}

/** @param exp - seconds since the epoch */
export function watermarkIndexWrites({ id, accountId, params, images }: Job, at: number, exp: number): Write[] {
  if (!images.some(({ proof }) => proof?.isMarked)) return [];
  const data = markedJob.write({ jobId: id, accountId, model: params.model, images: images.length, at });
  return [{ put: { pk: partitionOf(watermarkOfJob(id)), sk: id, exp, data }, apart: "before" }];
}

/**
 * The jobs of this digest, two of them at most: of more than one nobody can tell which it was.
 * @param digest - of `watermarkOfJob`
 */
export async function findMarkedJobs(items: Pick<Items, "query">, digest: number): Promise<MarkedJob[]> {
  const { items: found } = await items.query({ index: "main", partition: partitionOf(digest), limit: 2 });
  return found.map((item) => markedJob.read(item));
}
