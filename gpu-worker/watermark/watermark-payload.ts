import { createHash } from "node:crypto";
import { watermarkOfJob } from "../../shared/provenance/watermark-index.ts";
import { codeBits, dataBits, golayDecode, golayEncode } from "./golay.ts";

/** Bits that a watermark carries. */
export const payloadBits = 100;

/**
 * What a watermark says: which deployment drew the image, and for which job. Digests, as there is no room for names.
 */
export interface WatermarkPayload {
  /** 16 bits. */
  readonly deployment: number;
  /** 24 bits. */
  readonly job: number;
}

const blocks = 4;
/** Behind the code words: the bits of this layout. */
const layout = [1, 0, 1, 0];
/** Bits of a word that may differ; beyond that it is a guess. */
const maxDiffering = 5;

export function watermarkPayload({
  deployment,
  job,
}: {
  readonly deployment: string;
  readonly job: string;
}): WatermarkPayload {
  return { deployment: digest(`deployment ${deployment}`) >>> 16, job: watermarkOfJob(job) };
}

/** 16 bits of the deployment, 24 of the job and 8 of a check, as four words of the Golay code. */
export function encodePayload({ deployment, job }: WatermarkPayload): number[] {
  const check = checkOf(deployment, job);
  const values = [
    deployment >> 4,
    ((deployment & 15) << 8) | (job >> 16),
    (job >> 4) & 0xfff,
    ((job & 15) << 8) | check,
  ];
  const coded = values.flatMap((value) => {
    const word = golayEncode(value);
    return Array.from({ length: codeBits }, (_, i) => (word >> (codeBits - 1 - i)) & 1);
  });
  return [...coded, ...layout];
}

/**
 * @param logits - of the 100 bits
 * @returns `undefined` where they are no payload
 */
export function decodePayload(logits: readonly number[]): WatermarkPayload | undefined {
  const words = Array.from({ length: blocks }, (_, i) => golayDecode(logits.slice(i * codeBits, (i + 1) * codeBits)));
  if (words.some(({ differing }) => differing > maxDiffering)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = words.map(({ data }) => data % (1 << dataBits));
  const deployment = (a << 4) | (b >> 8);
  const job = ((b & 0xff) << 16) | (c << 4) | (d >> 8);
  return (d & 0xff) === checkOf(deployment, job) ? { deployment, job } : undefined;
}

const checkOf = (deployment: number, job: number) => digest(`${deployment} ${job}`) >>> 24;

function digest(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32BE(0);
}
