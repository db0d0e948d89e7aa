import type { Job } from "../../../shared/job.ts";
import { maxDeduplicationWindowS } from "../../../shared/limits.ts";
import type { Clock } from "../../../shared/ports/clock.ts";
import { type Item, type Items, ItemsConditionFailed } from "../../../shared/ports/items.ts";
import { longestPaceMs } from "./client-pace.ts";

/** A client that lost its connection sends the same request again within this. */
const windowMs = 15 * 60_000;
/** Equal requests remembered at once: clients split a large `n` into parallel equal requests. */
const maxCandidates = 20;

export interface ClientRequest {
  readonly keyId: string;
  readonly fingerprint: string;
}

interface RetryDependencies {
  readonly items: Items;
  readonly clock: Clock;
}

/**
 * Remember that this request is being turned into this job. Before the job is submitted: a job that nobody can find
 * again would be drawn, and paid, twice.
 * @param resent - it was marked as sent again, and nothing was known of its first sending
 */
export async function noteRequest(
  request: ClientRequest,
  jobId: string,
  { items, clock }: RetryDependencies,
  { resent = false }: { readonly resent?: boolean } = {},
): Promise<void> {
  const at = clock.now();
  const data = { at, attached: 0, resent: resent || undefined };
  const put = { pk: partition(request), sk: jobId, exp: Math.ceil((at + windowMs) / 1000), data };
  await items.write([{ put }]);
}

/**
 * The job that an automatic re-send belongs to: the newest of the equal requests that fewer re-sends than `retryCount` have
 * attached to, and whose answer may not have arrived. So two equal requests that both lost their connection get one job each back, and a
 * request's second re-send gets the job of its first. A client also re-sends what was refused, of which nothing is known here: that
 * must not be given what another request got.
 *
 * @param retryCount - how often the client has re-sent this request, from 1
 * @param hasArrived - whether an answer that was sent at this place has shown itself to have arrived
 */
export async function findRetriedJob(
  request: ClientRequest,
  retryCount: number,
  { items, clock }: RetryDependencies,
  hasArrived: (connection: string) => boolean = () => false,
): Promise<string | undefined> {
  for (;;) {
    const recent = (await recentEqual(request, { items, clock })).filter((item) => {
      const { lastAnsweredAt, connection, seen } = earlierRequest(item);
      return lastAnsweredAt === undefined || !(seen || (connection !== undefined && hasArrived(connection)));
    });
    const candidate = recent.find(({ data }) => Number(data.attached) < retryCount) ?? recent[0];
    if (candidate === undefined) return undefined;
    if (await attach(candidate, items)) return candidate.sk;
  }
}

/** The connection of this request was lost before its answer was sent. */
export function noteLost(
  request: ClientRequest,
  jobId: string,
  { items }: Pick<RetryDependencies, "items">,
): Promise<void> {
  return update(request, jobId, () => ({ lost: true }), items);
}

/**
 * The newest job of an equal request whose connection was lost; each loss is made good once: an equal request after that is a new one.
 * Or that of this request's own repetition, where that overtook it.
 *
 * @param receivedAt - when this request arrived
 * @param lost - whether its client sends again without saying so
 */
export async function findLostJob(
  request: ClientRequest,
  { items, clock }: RetryDependencies,
  { receivedAt, lost = true }: { readonly receivedAt?: number; readonly lost?: boolean } = {},
): Promise<string | undefined> {
  for (;;) {
    const found = (await recentEqual(request, { items, clock })).find(
      ({ data }) =>
        (lost && data.lost === true) || (data.resent === true && Number(data.at) >= (receivedAt ?? Infinity)),
    );
    if (found === undefined) return undefined;
    const attached = Number(found.data.attached) + (found.data.lost === true ? 1 : 0);
    if (await change(found, { lost: false, resent: false, attached }, items)) return found.sk;
  }
}

/**
 * The answer to this request is about to end: from now on an equal one may be its repetition.
 * @param connection - the place of its request, where that is known
 */
export function noteAnswered(
  request: ClientRequest,
  jobId: string,
  { connection }: { readonly connection: string | undefined },
  { items, clock }: RetryDependencies,
): Promise<void> {
  const now = clock.now();
  const last = { lastAnsweredAt: now, connection };
  const kept = { exp: Math.ceil((now + maxDeduplicationWindowS * 1_000) / 1_000) };
  // A later answer does not lengthen the window.
  return update(request, jobId, ({ answeredAt = now }) => ({ answeredAt, ...last }), items, kept);
}

/** Somebody looks at this job or fetches a picture of it: the answer that named it has arrived. Nobody's look fails because that could not be noted. */
export async function noteSeen(
  job: Job,
  {
    items,
    clock,
    log,
  }: RetryDependencies & { readonly log: (message: string, fields: { readonly [name: string]: string }) => void },
): Promise<void> {
  const { id, requestFingerprint: fingerprint, keyId, createdAt, finishedAt = createdAt } = job;
  if (fingerprint === undefined || clock.now() - Math.max(createdAt, finishedAt) > longestPaceMs) return;
  try {
    await update({ keyId, fingerprint }, id, ({ seen }) => (seen === true ? undefined : { seen: true }), items);
  } catch (error) {
    log("a look at a job could not be noted", { jobId: id, error: String(error) });
  }
}

/** What is known of an equal request that was here before; times in milliseconds since the epoch. */
export interface EarlierRequest {
  /** When its job was about to be made. */
  readonly at: number;
  /** When its first answer was sent; `undefined` while it has none. */
  readonly answeredAt: number | undefined;
  /** As often as its job was given again. */
  readonly attached: number;
  readonly lastAnsweredAt: number | undefined;
  /** Place of the request that was answered last, where that is known. */
  readonly connection: string | undefined;
  /** Somebody has looked at its job since. */
  readonly seen: boolean;
}

/**
 * The job of an equal request that this one repeats: the one that was given again least often, and of those the last answered, so that
 * several equal requests that all lost their answers get one job back each.
 *
 * @param isRepeated - whether this request repeats that one
 * @param mayRepeat - whether what the other made can be given again
 */
export async function findEarlierJob(
  request: ClientRequest,
  {
    isRepeated,
    mayRepeat,
  }: {
    readonly isRepeated: (earlier: EarlierRequest) => boolean;
    readonly mayRepeat: (id: string) => Promise<boolean>;
  },
  { items }: Pick<RetryDependencies, "items">,
): Promise<string | undefined> {
  for (;;) {
    const repeated = (await equalRequests(request, items))
      .map((item) => ({ item, earlier: earlierRequest(item) }))
      .filter(({ earlier }) => isRepeated(earlier))
      .sort(({ earlier: a }, { earlier: b }) => a.attached - b.attached || latest(b) - latest(a));
    let candidate: Item | undefined;
    for (const { item } of repeated) {
      if (!(await mayRepeat(item.sk))) continue;
      candidate = item;
      break;
    }
    if (candidate === undefined) return undefined;
    if (await attach(candidate, items)) return candidate.sk;
  }
}

function earlierRequest({ data }: Item): EarlierRequest {
  const time = (value: unknown) => (typeof value === "number" ? value : undefined);
  return {
    at: Number(data.at),
    answeredAt: time(data.answeredAt),
    attached: Number(data.attached),
    lastAnsweredAt: time(data.lastAnsweredAt),
    connection: typeof data.connection === "string" ? data.connection : undefined,
    seen: data.seen === true,
  };
}

function latest({ at, answeredAt = at }: EarlierRequest): number {
  return answeredAt;
}

interface UnderWay {
  readonly done: Promise<unknown>;
  /** Marked as sent again. */
  readonly resent?: boolean;
  readonly lost: () => boolean;
}

/** Requests that this process has not finished with: what comes of them is not in the table yet. */
export class RequestsUnderWay {
  readonly #perRequest = new Map<string, Set<UnderWay>>();

  /** Until `done` settles. */
  add(request: ClientRequest, entry: UnderWay): void {
    const key = partition(request);
    const all = this.#perRequest.get(key) ?? new Set();
    this.#perRequest.set(key, all.add(entry));
    const remove = () => {
      all.delete(entry);
      if (all.size === 0) this.#perRequest.delete(key);
    };
    entry.done.then(remove, remove);
  }

  /**
   * Resolves when those equal requests are done that are under way at this moment: all, or only those whose connection is lost and those
   * that were sent again, whose first sending may be this one.
   */
  async settled(request: ClientRequest, which: "all" | "repeated"): Promise<void> {
    const now = [...(this.#perRequest.get(partition(request)) ?? [])];
    await Promise.allSettled(
      now.filter(({ lost, resent }) => which === "all" || resent || lost()).map(({ done }) => done),
    );
  }
}

/** Equal requests of the last while, newest first. */
async function recentEqual(request: ClientRequest, { items, clock }: RetryDependencies): Promise<Item[]> {
  return (await equalRequests(request, items)).filter(({ data }) => Number(data.at) > clock.now() - windowMs);
}

/** Newest first; some may be older than they are of use. */
async function equalRequests(request: ClientRequest, items: Items): Promise<Item[]> {
  const query = { index: "main", partition: partition(request), reverse: true, limit: maxCandidates } as const;
  return (await items.query(query)).items;
}

/**
 * Changes what is known of a request, if it is known at all.
 * @param changed - given what is known; nothing is written where it returns `undefined`
 */
async function update(
  request: ClientRequest,
  jobId: string,
  changed: (known: Item["data"]) => Item["data"] | undefined,
  items: Items,
  kept: { readonly exp?: number } = {},
): Promise<void> {
  for (;;) {
    const found = await items.get({ pk: partition(request), sk: jobId });
    const data = found && changed(found.data);
    if (found === undefined || data === undefined || (await change({ ...found, ...kept }, data, items))) return;
  }
}

/** False when another re-send attached to it at the same moment. */
function attach(item: Item, items: Items): Promise<boolean> {
  return change(item, { attached: Number(item.data.attached) + 1 }, items);
}

/** False when it was changed by somebody else meanwhile. */
async function change({ version, ...item }: Item, changed: Item["data"], items: Items): Promise<boolean> {
  const data = { ...item.data, ...changed };
  try {
    await items.write([{ put: { ...item, data }, if: { version } }]);
    return true;
  } catch (error) {
    if (!(error instanceof ItemsConditionFailed)) throw error;
    return false;
  }
}

function partition({ keyId, fingerprint }: ClientRequest): string {
  return `RETRY#${keyId}#${fingerprint}`;
}
