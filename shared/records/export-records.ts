import type { Items } from "../ports/items.ts";
import { queryEach } from "../ports/query-all.ts";
import { type DayRoot, rootPartition, rootRecord } from "./day-root.ts";
import { dayOf, jobIdOfProof, proofKey, storedProof } from "./job-proof.ts";
import { dayStart, linkHash, readLink, segmentPartition, segmentRecord } from "./record-chain.ts";
import { openText, type RecordKey, type SealedText } from "./record-key.ts";

/** A line of the export: a record with its place in its day's chain, or the root of a day. */
export type ExportedLine =
  | {
      readonly day: string;
      /** Number of the record in the day, from 0. */
      readonly number: number;
      readonly key: string;
      /** SHA-256 of `text`, base64url. */
      readonly digest: string;
      /** Hash of this link of the chain. */
      readonly link: string;
      /** The record, as it was written; null when it was erased. */
      readonly text: string | null;
    }
  | ({ readonly day: string; readonly root: true } & DayRoot);

/** What a line says more of where its prompt is opened. */
export interface OpenedPrompt {
  readonly prompt?: string;
  readonly negative_prompt?: string;
}

/**
 * The prompt that was sealed into a record; nothing where there is none, or its key is not among these.
 * @throws InvalidInputError `record_changed`
 */
export function openPrompt(line: ExportedLine, keys: readonly RecordKey[]): OpenedPrompt {
  if (!("key" in line) || line.text === null) return {};
  const { job, prompt_sealed: sealed } = JSON.parse(line.text) as {
    readonly job: string;
    readonly prompt_sealed?: SealedText;
  };
  const opened = sealed && openText(keys, job, sealed);
  return opened === undefined ? {} : (JSON.parse(opened) as OpenedPrompt);
}

/** Records that are read together. */
const recordsAtOnce = 50;

/**
 * The chained records of these days in their order, each day followed by its root: all that it takes to compute the
 * chain again without the store. Holds one segment at a time.
 */
export async function* exportRecords(
  items: Pick<Items, "get" | "query">,
  { from, to }: { readonly from: string; readonly to: string },
): AsyncGenerator<ExportedLine, void> {
  const roots = new Map<string, DayRoot>();
  for await (const item of queryEach(items, { index: "main", partition: rootPartition, from, to })) {
    roots.set(item.sk, rootRecord.read(item));
  }
  for (let at = Date.parse(from); dayOf(at) <= to; at += 86_400_000) {
    const day = dayOf(at);
    yield* exportDay(items, day);
    const root = roots.get(day);
    if (root !== undefined) yield { day, root: true, ...root };
  }
}

async function* exportDay(items: Pick<Items, "get" | "query">, day: string): AsyncGenerator<ExportedLine, void> {
  let [link, number] = [dayStart(day), 0];
  for await (const item of queryEach(items, { index: "main", partition: segmentPartition(day) }, 10)) {
    const { links } = segmentRecord.read(item);
    for (let first = 0; first < links.length; first += recordsAtOnce) {
      const some = links.slice(first, first + recordsAtOnce);
      const texts = await Promise.all(some.map((one) => readText(items, readLink(one).sk)));
      for (const [i, one] of some.entries()) {
        const { sk: key, digest } = readLink(one);
        link = linkHash(link, one);
        yield { day, number: number++, key, digest, link, text: texts[i] ?? null };
      }
    }
  }
}

async function readText(items: Pick<Items, "get">, sk: string): Promise<string | undefined> {
  const endedAt = Date.parse(sk.slice(0, sk.indexOf("#")));
  const item = await items.get(proofKey(jobIdOfProof(sk), endedAt));
  return item && storedProof.read(item).text;
}
