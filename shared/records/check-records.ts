import type { Items } from "../ports/items.ts";
import { queryEach } from "../ports/query-all.ts";
import { type DayRoot, isSigned, type RootContent, rootPartition, rootRecord } from "./day-root.ts";
import { erasedBy } from "./erase-records.ts";
import { dayOf, digestOf, proofPartition, proofShards, storedProof } from "./job-proof.ts";
import { dayStart, linkHash, readLink, segmentPartition, segmentRecord } from "./record-chain.ts";

/** What was found of the records of some days. */
export interface RecordCheck {
  readonly days: number;
  readonly records: number;
  /** Records whose text was erased; their place in the chain is kept. */
  readonly erased: number;
  /** Sentences, each about one thing that is not as it was written; the first hundred. */
  readonly faults: readonly string[];
  readonly faultCount: number;
}

const mostFaults = 100;
/** A day is closed an hour after its end, or when the service runs again. */
const closedAfterMs = 3 * 86_400_000;

class Findings {
  days = 0;
  records = 0;
  erased = 0;
  /** By the records of erasures. */
  erasedOnRecord = 0;
  faultCount = 0;
  readonly faults: string[] = [];

  fault(text: string): void {
    this.faultCount++;
    if (this.faults.length < mostFaults) this.faults.push(text);
  }
}

/**
 * Reads every root, link and record of these days and computes them again: a record that was removed, added, changed or
 * put in another place is found, and so is a root that is not what was signed, days that were cut off at either end,
 * and a record that was marked as erased without an erasure.
 * @param from - first day, `YYYY-MM-DD` @param to - last day
 * @param now - milliseconds since the epoch: days that ended long before have a root
 * @param certificates - PEM of the signers that are trusted. @default any one
 */
export async function checkRecords(
  items: Pick<Items, "query">,
  {
    from,
    to,
    now,
    certificates,
  }: {
    readonly from: string;
    readonly to: string;
    readonly now: number;
    readonly certificates?: readonly string[] | undefined;
  },
): Promise<RecordCheck> {
  const findings = new Findings();
  let before = await rootBefore(items, from);
  let last: string | undefined;
  const closed = new Set<string>();
  for await (const item of queryEach(items, { index: "main", partition: rootPartition, from, to })) {
    const root = rootRecord.read(item);
    const day = item.sk;
    closed.add(day);
    checkRoot(findings, day, root, { before, certificates });
    await checkDay(items, findings, day, JSON.parse(root.text) as RootContent);
    before = root;
    last = day;
  }
  const closedBy = dayOf(now - closedAfterMs);
  if (last !== undefined && last < to && last < closedBy) {
    findings.fault(`${last}: no day after it was closed: the service has not run since, or later days were removed`);
  }
  // Days that are not closed yet are chained, and have no root.
  for (let at = Date.parse(from); dayOf(at) <= to; at += 86_400_000) {
    if (!closed.has(dayOf(at))) await checkDay(items, findings, dayOf(at), undefined);
  }
  // An erasure is recorded when it is made, after all that it erases.
  if (to >= dayOf(now) && findings.erased > findings.erasedOnRecord) {
    const more = findings.erased - findings.erasedOnRecord;
    findings.fault(`${more} records are marked as erased, and no erasure of them is recorded`);
  }
  const { days, records, erased, faults, faultCount } = findings;
  return { days, records, erased, faults, faultCount };
}

function checkRoot(
  findings: Findings,
  day: string,
  root: DayRoot,
  {
    before,
    certificates,
  }: { readonly before: DayRoot | undefined; readonly certificates?: readonly string[] | undefined },
): void {
  const content = JSON.parse(root.text) as RootContent;
  if (content.day !== day) findings.fault(`${day}: its root is that of ${content.day}`);
  if (root.signature === undefined) findings.fault(`${day}: its root is not signed`);
  else if (!isSigned(root)) findings.fault(`${day}: the signature of its root does not hold`);
  else if (certificates && !certificates.some((one) => one.trim() === root.certificate?.trim())) {
    findings.fault(`${day}: its root is signed by another certificate`);
  }
  if (content.previous !== (before && digestOf(before.text))) {
    findings.fault(`${day}: its root does not follow the root before it: a day was removed or changed`);
  }
}

/** Roots of earlier days are kept for ever: the first of all follows none. */
async function rootBefore(items: Pick<Items, "query">, day: string): Promise<DayRoot | undefined> {
  const to = dayOf(Date.parse(day) - 86_400_000);
  const query = { index: "main", partition: rootPartition, to, reverse: true, limit: 1 } as const;
  const [found] = (await items.query(query)).items;
  return found && rootRecord.read(found);
}

async function checkDay(
  items: Pick<Items, "query">,
  findings: Findings,
  day: string,
  root: RootContent | undefined,
): Promise<void> {
  const texts = await readDigests(items, day, findings);
  if (root === undefined && texts.size === 0) return;
  findings.days++;
  let [head, count] = [dayStart(day), 0];
  for await (const item of queryEach(items, { index: "main", partition: segmentPartition(day) }, 50)) {
    const segment = segmentRecord.read(item);
    if (segment.first !== count) findings.fault(`${day}: links ${count} to ${segment.first - 1} of its chain are gone`);
    for (const link of segment.links) {
      head = linkHash(head, link);
      checkLink(findings, texts, link);
    }
    count = segment.first + segment.links.length;
    if (segment.head !== head) findings.fault(`${day}: its chain does not add up at link ${count - 1}`);
    head = segment.head;
  }
  if (root === undefined) return;
  if (root.records !== count) findings.fault(`${day}: its root has ${root.records} records, its chain ${count}`);
  if (root.head !== head) findings.fault(`${day}: its chain is not the one that its root was signed for`);
  for (const sk of texts.keys()) findings.fault(`${sk}: is a record that the chain does not have`);
}

/** Takes the record out of `texts`, so that what is left there is in no chain. */
function checkLink(findings: Findings, texts: Map<string, string | undefined>, link: string): void {
  const { sk, digest } = readLink(link);
  findings.records++;
  if (!texts.has(sk)) findings.fault(`${sk}: the record was removed, or is in the chain twice`);
  else if (texts.get(sk) === undefined) findings.erased++;
  else if (texts.get(sk) !== digest) findings.fault(`${sk}: the record was changed`);
  texts.delete(sk);
}

/** Digest of each record's text by its key; `undefined` for one that was erased. */
async function readDigests(
  items: Pick<Items, "query">,
  day: string,
  findings: Findings,
): Promise<Map<string, string | undefined>> {
  const digests = new Map<string, string | undefined>();
  for (let shard = 0; shard < proofShards; shard++) {
    for await (const item of queryEach(items, { index: "main", partition: proofPartition(day, shard) })) {
      const { text, erasedAt } = storedProof.read(item);
      if (text !== undefined) findings.erasedOnRecord += erasedBy(item.sk, text);
      digests.set(item.sk, text === undefined && erasedAt !== undefined ? undefined : digestOf(text ?? ""));
    }
  }
  return digests;
}
