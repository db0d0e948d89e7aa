import { maxDeduplicationWindowS } from "../../../shared/limits.ts";
import type { Clock } from "../../../shared/ports/clock.ts";
import { type Item, type Items, ItemsConditionFailed } from "../../../shared/ports/items.ts";

/*
 * What the store remembers of requests without an `Idempotency-Key`, so that a client that sends one again gets the job
 * of the first: one record per request, found by its API key and fingerprint. It is written when the request is let in,
 * before its job is recorded.
 */

/** A marked repetition, and that of a lost connection, come within this. */
const retryMs = 15 * 60_000;
/** No response takes longer than this. */
export const longestResponseMs = 15 * 60_000;
const retentionMs = longestResponseMs + maxDeduplicationWindowS * 1_000;
/** Equal requests remembered at once: clients split a large `n` into parallel equal requests. */
const maxCandidates = 20;

/** What makes two requests equal. */
export interface ClientRequest {
  readonly keyId: string;
  /** SHA-256 of path and canonical body. */
  readonly fingerprint: string;
}

/** A request that is to be remembered. */
export interface NewRequest extends ClientRequest {
  /** It was marked as sent again, and nothing was known of its first sending. */
  readonly resent?: boolean;
  /** See `RepeatableRequest`. */
  readonly waitMs?: number;
}

interface RetryDependencies {
  readonly items: Items;
  readonly clock: Clock;
}

/**
 * Remember that this request is being turned into this job. To be written before the job is: a job that nobody can find
 * again would be drawn, and paid, twice.
 */
export async function noteRequest(
  { resent, waitMs, ...request }: NewRequest,
  jobId: string,
  { items, clock }: RetryDependencies,
): Promise<void> {
  const at = clock.now();
  const data = { at, attached: 0, resent: resent || undefined, waitMs };
  const put = { pk: partition(request), sk: jobId, exp: Math.ceil((at + retentionMs) / 1_000), data };
  await items.write([{ put }]);
}

/**
 * The job that a marked repetition belongs to: the newest of the equal requests that fewer repetitions than
 * `retryCount` have attached to. So two equal requests that both lost their connection get one job each back, and a
 * request's second repetition gets the job of its first.
 *
 * @param retryCount - how often the client has sent this request again, from 1
 */
export async function findRetriedJob(
  request: ClientRequest,
  retryCount: number,
  { items, clock }: RetryDependencies,
): Promise<string | undefined> {
  for (;;) {
    const recent = await recentEqual(request, { items, clock });
    const candidate = recent.find(({ data }) => Number(data.attached) < retryCount) ?? recent[0];
    if (candidate === undefined) return undefined;
    if (await attach(candidate, items)) return candidate.sk;
  }
}

/** The connection of this request was lost before its response was sent. */
export async function noteLost(
  request: ClientRequest,
  jobId: string,
  { items }: Pick<RetryDependencies, "items">,
): Promise<void> {
  for (;;) {
    const found = await items.get({ pk: partition(request), sk: jobId });
    if (found === undefined || (await change(found, { lost: true }, items))) return;
  }
}

/**
 * The newest job of an equal request whose connection was lost; each loss is made good once: an equal request after
 * that is a new one. Or that of this request's own repetition, where that overtook it.
 *
 * @param receivedAt - when this request arrived
 * @param lost - whether its client sends again without a mark
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

/** An equal request that was here before; times in milliseconds since the epoch. */
export interface EarlierRequest {
  /** When its job was about to be recorded. */
  readonly at: number;
  /** When its response could be sent; `undefined` while it waits for its job. */
  readonly answeredAt: number | undefined;
}

/** What became of a job, as far as a repetition needs to know. */
export interface Made {
  /** @default it is not over */
  readonly finishedAt?: number;
}

/**
 * The job of an equal request that this one repeats: the one that was given again least often, and of those the last
 * answered, so that several equal requests that all lost their responses get one job back each.
 *
 * @param repeats - whether this request repeats that one
 * @param made - the job of an earlier request; `undefined` for one that may not be given again
 */
export async function findEarlierJob(
  request: ClientRequest,
  {
    repeats,
    made,
  }: {
    readonly repeats: (earlier: EarlierRequest) => boolean;
    readonly made: (id: string) => Promise<Made | undefined>;
  },
  { items, clock }: RetryDependencies,
): Promise<string | undefined> {
  for (;;) {
    const found = await Promise.all(
      (await equalRequests(request, items)).map(async (item) => ({ item, made: await made(item.sk) })),
    );
    const [candidate] = found
      .flatMap(({ item, made: job }) =>
        job === undefined ? [] : [{ item, earlier: earlierRequest(item, job, clock.now()) }],
      )
      .filter(({ earlier }) => repeats(earlier))
      .sort(
        (a, b) => Number(a.item.data.attached) - Number(b.item.data.attached) || latest(b.earlier) - latest(a.earlier),
      );
    if (candidate === undefined) return undefined;
    if (await attach(candidate.item, items)) return candidate.item.sk;
  }
}

function earlierRequest({ data }: Item, { finishedAt = Infinity }: Made, now: number): EarlierRequest {
  const at = Number(data.at);
  const answeredAt = Math.min(finishedAt, at + Number(data.waitMs ?? Infinity));
  return { at, answeredAt: answeredAt <= now ? answeredAt : undefined };
}

function latest({ at, answeredAt = at }: EarlierRequest): number {
  return answeredAt;
}

/** Equal requests of the last while, newest first. */
async function recentEqual(request: ClientRequest, { items, clock }: RetryDependencies): Promise<Item[]> {
  return (await equalRequests(request, items)).filter(({ data }) => Number(data.at) > clock.now() - retryMs);
}

/** Newest first; some may be older than they are of use. */
async function equalRequests(request: ClientRequest, items: Items): Promise<Item[]> {
  const query = { index: "main", partition: partition(request), reverse: true, limit: maxCandidates } as const;
  return (await items.query(query)).items;
}

/** False when another repetition attached to it at the same moment. */
function attach(item: Item, items: Items): Promise<boolean> {
  return change(item, { attached: Number(item.data.attached) + 1 }, items);
}

/** False when somebody else changed it meanwhile. */
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
