import type { JobEvent } from "../job.ts";
import { eventRetentionS } from "../limits.ts";
import type { Item, ItemKey, Items, Write } from "../ports/items.ts";
import { recordType } from "../ports/record.ts";

/*
 * Where the lines of a job's history lie. What happens to every job (queued, started, done …) is in its record, which is
 * written anyway. Steps and images, of which there may be hundreds, are written only for those who watch: each is an
 * item of its own, as all lines were in earlier versions.
 */

const ownItems: ReadonlySet<JobEvent["type"]> = new Set(["step", "image"]);
/** Lines in the record: a job that is given back again and again keeps its last ones. */
const keptInRecord = 50;

export const jobKey = (id: string): ItemKey => ({ pk: `JOB#${id}`, sk: "META" });
export const jobIdOfKey = ({ pk }: Pick<ItemKey, "pk">): string => pk.slice("JOB#".length);
const eventSk = (seq: number) => `EV#${String(seq).padStart(8, "0")}`;

const eventRecord = recordType<JobEvent>("event of a job", ["seq", "at", "type", "data"]);

/** A line as the record holds it: without the names of its fields, which would cost more than what is in them. */
export type KeptLine = readonly [seq: number, at: number, type: JobEvent["type"], data?: JobEvent["data"]];

export function toKeptLine({ seq, at, type, data }: JobEvent): KeptLine {
  return Object.keys(data).length === 0 ? [seq, at, type] : [seq, at, type, data];
}

export function fromKeptLine([seq, at, type, data = {}]: KeptLine): JobEvent {
  return { seq, at, type, data };
}

/** The lines that the record of a job holds, with the new ones. */
export function keptEvents(before: readonly JobEvent[], added: readonly JobEvent[]): readonly JobEvent[] {
  return [...before, ...added.filter(({ type }) => !ownItems.has(type))].slice(-keptInRecord);
}

/** Writes of the lines that are items of their own. */
export function eventWrites(jobId: string, added: readonly JobEvent[], now: number): Write[] {
  const exp = Math.floor(now / 1_000) + eventRetentionS;
  return added
    .filter(({ type }) => ownItems.has(type))
    .map((event) => ({
      put: { pk: jobKey(jobId).pk, sk: eventSk(event.seq), exp, data: eventRecord.write(event) },
      if: { absent: true },
    }));
}

/**
 * Lines after `afterSeq`, ascending.
 * @param keptIn - reads the lines in the job's record
 */
export async function readEvents(
  items: Pick<Items, "get" | "query">,
  jobId: string,
  { afterSeq, limit }: { readonly afterSeq: number; readonly limit: number },
  keptIn: (record: Item) => readonly JobEvent[],
): Promise<JobEvent[]> {
  const key = jobKey(jobId);
  const { items: found } = await items.query({
    index: "main",
    partition: key.pk,
    from: eventSk(afterSeq + 1),
    // The record follows the last of them: mostly it is on the same page.
    to: key.sk,
    limit,
  });
  const record = found.find(({ sk }) => sk === key.sk) ?? (await items.get(key));
  const kept = record === undefined ? [] : keptIn(record).filter(({ seq }) => seq > afterSeq);
  const own = found.filter(({ sk }) => sk !== key.sk).map(eventRecord.read);
  return [...own, ...kept].sort((a, b) => a.seq - b.seq).slice(0, limit);
}

/** Query of a job's lines that are items of their own. */
export function eventsOf(jobId: string) {
  return { index: "main", partition: jobKey(jobId).pk, prefix: "EV#" } as const;
}

/** The last steps that were told, newest first, among the last `limit` lines that are items of their own. */
export async function newestSteps(items: Pick<Items, "query">, jobId: string, limit: number): Promise<JobEvent[]> {
  const { items: found } = await items.query({ ...eventsOf(jobId), reverse: true, limit });
  return found.map(eventRecord.read).filter(({ type }) => type === "step");
}
