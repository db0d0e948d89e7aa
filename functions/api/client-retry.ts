import { type Item, type Items, ItemsConditionFailed } from "../../shared/items.ts";
import type { RouteDependencies } from "./dependencies.ts";

/** A client that lost its connection sends the same request again within this. */
const windowMs = 15 * 60_000;
/** Equal requests remembered at once: clients split a large `n` into parallel equal requests. */
const maxCandidates = 20;

export interface ClientRequest {
  readonly keyId: string;
  readonly fingerprint: string;
}

type RetryDependencies = Pick<RouteDependencies, "items" | "clock">;

/**
 * Remember that this request is being turned into this job. Before the job is submitted: a job that nobody can find
 * again would be drawn, and paid, twice.
 */
export async function noteRequest(
  request: ClientRequest,
  jobId: string,
  { items, clock }: RetryDependencies,
): Promise<void> {
  const at = clock.now();
  const put = { pk: partition(request), sk: jobId, exp: Math.ceil((at + windowMs) / 1000), data: { at, attached: 0 } };
  await items.write([{ put }]);
}

/**
 * The job that an automatic re-send belongs to: the newest of the equal requests that fewer re-sends than `retryCount` have
 * attached to. So two equal requests that both lost their connection get one job each back, and a request's second re-send gets
 * the job of its first.
 *
 * @param retryCount - how often the client has re-sent this request, from 1
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

/** The connection of this request was lost before its answer was sent. */
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
 * The newest job of an equal request whose connection was lost. Each loss is made good once: an equal request after that is a new
 * one.
 */
export async function findLostJob(
  request: ClientRequest,
  { items, clock }: RetryDependencies,
): Promise<string | undefined> {
  for (;;) {
    const lost = (await recentEqual(request, { items, clock })).find(({ data }) => data.lost === true);
    if (lost === undefined) return undefined;
    if (await change(lost, { lost: false }, items)) return lost.sk;
  }
}

interface UnderWay {
  readonly done: Promise<unknown>;
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

  /** Resolves when those equal requests are done that are under way at this moment: all, or those whose connection is lost. */
  async settled(request: ClientRequest, which: "all" | "lost"): Promise<void> {
    const now = [...(this.#perRequest.get(partition(request)) ?? [])];
    await Promise.allSettled(now.filter(({ lost }) => which === "all" || lost()).map(({ done }) => done));
  }
}

/** Equal requests of the last while, newest first. */
async function recentEqual(request: ClientRequest, { items, clock }: RetryDependencies): Promise<Item[]> {
  const query = { index: "main", partition: partition(request), reverse: true, limit: maxCandidates } as const;
  const page = await items.query(query);
  return page.items.filter(({ data }) => Number(data.at) > clock.now() - windowMs);
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
