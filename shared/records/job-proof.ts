import { createHash, randomBytes } from "node:crypto";
import type { Job } from "../job.ts";
import type { ItemKey, Write } from "../ports/items.ts";
import { recordType } from "../ports/record.ts";
import { repeatRequest } from "../request/repeat-request.ts";

/*
 * The record of what was made: one per job that ended, kept for years when the job itself is gone. It is written once,
 * with the job's end, as a text that is never changed; `record-chain.ts` links the digests of these texts, so that a
 * record that is removed, changed or put elsewhere is found. The texts hold what may have to be erased, the chain holds
 * digests: an erased text leaves the chain as it is. A random salt in each keeps a digest from being guessed afterwards.
 */

/** What made a job's images. */
export interface MadeBy {
  /** Version of the worker. */
  readonly worker?: string;
  /** SHA-256 over the files of the model. */
  readonly modelSha256?: string;
}

/** A record as it lies in the store: its text, or that it was erased. */
export interface StoredProof {
  /** JSON; the digest is that of these very characters. Absent when it was erased. */
  readonly text?: string;
  /** Milliseconds since the epoch. */
  readonly erasedAt?: number;
}

export const storedProof = recordType<StoredProof>("record of a job", []);

/** Partitions of a day: writes of all accounts spread over them. */
export const proofShards = 16;

export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

export function proofPartition(day: string, shard: number): string {
  return `REC#${day}#${shard}`;
}

/** Partition by the job's id, and the time of its end before the id: sorted as it is chained. */
export function proofKey(jobId: string, endedAt: number): ItemKey {
  const shard = createHash("sha256").update(jobId).digest()[0]! % proofShards;
  return { pk: proofPartition(dayOf(endedAt), shard), sk: `${new Date(endedAt).toISOString()}#${jobId}` };
}

export function jobIdOfProof(sortKey: string): string {
  return sortKey.slice(sortKey.indexOf("#") + 1);
}

export function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

/** SHA-256 of the record's salt and the prompt, in hex: whoever has both can show that they belong together. */
export function promptHash(salt: string, prompt: string): string {
  return createHash("sha256").update(`${salt}\n${prompt}`).digest("hex");
}

/** @param exp - seconds since the epoch @param salt - @default random */
export function proofWrite(
  job: Job,
  { at, exp, madeBy, salt = randomBytes(12).toString("base64url") }: ProofFacts,
): Write {
  const put = { ...proofKey(job.id, at), exp, data: storedProof.write({ text: proofText(job, at, salt, madeBy) }) };
  // Its job may yet end otherwise: the chain takes a record only if its job ended like that.
  return { put, apart: "before" };
}

interface ProofFacts {
  readonly at: number;
  readonly exp: number;
  readonly madeBy?: MadeBy | undefined;
  readonly salt?: string;
}

function proofText(job: Job, at: number, salt: string, madeBy: MadeBy | undefined): string {
  const { id, accountId, keyId, status, params, images, error } = job;
  // Texts that were asked for are content like the prompt.
  const { prompt, negative_prompt: negative, checks: _, ...parameters } = repeatRequest(params);
  const text = typeof negative === "string" && negative !== "" ? `${params.prompt}\n${negative}` : params.prompt;
  return JSON.stringify({
    v: 1,
    salt,
    job: id,
    account: accountId,
    key: keyId,
    status,
    at: new Date(at).toISOString(),
    prompt_sha256: typeof prompt === "string" ? promptHash(salt, text) : undefined,
    parameters: { ...parameters, seed: params.seed, n: params.n },
    worker: madeBy?.worker,
    model_sha256: madeBy?.modelSha256,
    images: images.map(({ sha256, proof }) => ({ sha256, manifest: proof?.manifest, look: proof?.look })),
    error: error?.code,
  });
}
