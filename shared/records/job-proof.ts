import { createHash, randomBytes } from "node:crypto";
import type { Job } from "../job.ts";
import type { ItemKey, Write } from "../ports/items.ts";
import { recordType } from "../ports/record.ts";
import { drawsNothing } from "../request/product-rules.ts";
import { repeatRequest } from "../request/repeat-request.ts";
import { type RecordKey, sealText } from "./record-key.ts";

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
  /** What looks at every image before it is stored. @default nothing does */
  readonly imageJudges?: readonly ("classifier" | "service")[];
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
export function proofWrite(job: Job, { exp, ...facts }: ProofFacts): Write {
  const put = { ...proofKey(job.id, facts.at), exp, data: storedProof.write({ text: proofText(job, facts) }) };
  // Its job may yet end otherwise: the chain takes a record only if its job ended like that.
  return { put, apart: "before" };
}

interface ProofFacts {
  readonly at: number;
  readonly exp: number;
  readonly madeBy?: MadeBy | undefined;
  readonly salt?: string;
  /** Seals the prompt into the record. @default it is not in it */
  readonly promptKey?: RecordKey | undefined;
}

function proofText(
  job: Job,
  { at, madeBy, salt = randomBytes(12).toString("base64url"), promptKey }: Omit<ProofFacts, "exp">,
): string {
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
    prompt_sealed:
      promptKey && typeof prompt === "string" && job.unstored === undefined
        ? sealText(promptKey, id, JSON.stringify({ prompt, negative_prompt: negative }))
        : undefined,
    moderation: moderationOf(job, madeBy),
    parameters: { ...parameters, seed: params.seed, n: params.n },
    worker: madeBy?.worker,
    model_sha256: madeBy?.modelSha256,
    images: images.map(({ sha256, proof }) => ({ sha256, manifest: proof?.manifest, look: proof?.look })),
    error: error?.code,
  });
}

/** The verdicts in words: what looked at prompt, input images and images, and what it said. */
function moderationOf({ params, moderation = {}, status, error, images }: Job, madeBy: MadeBy | undefined) {
  const { imageJudges = [] } = madeBy ?? {};
  const isRefused = status === "failed" && error?.code === "content_policy";
  const passed = images.length > 0 && imageJudges.length > 0 ? `passed by ${imageJudges.join(", ")}` : undefined;
  return {
    // Where nothing is drawn, nothing reads the prompt.
    prompt: drawsNothing(params) ? undefined : `passed by lists${alsoBy(moderation.prompt)}`,
    inputs: moderation.inputs === undefined ? undefined : `passed${alsoBy(moderation.inputs).replace(/^,/, " by")}`,
    images: isRefused ? `refused: ${error.message.match(/\(([^()]*)\)/)?.[1] ?? "content_policy"}` : passed,
  };
}

function alsoBy(verdict: "service" | "unjudged" | undefined): string {
  if (verdict === undefined) return "";
  return verdict === "service" ? ", service" : ", service gave no verdict";
}
