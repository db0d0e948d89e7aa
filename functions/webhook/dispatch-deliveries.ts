import { traceIdOf } from "../../shared/jobs/trace-context.ts";
import { FairShares } from "../../shared/net/fair-shares.ts";
import { eachDue } from "../../shared/ports/due-shards.ts";
import { type Item, ItemsConditionFailed, type Write } from "../../shared/ports/items.ts";
import { forEachDue } from "../../shared/ports/set-aside.ts";
import type { Spans } from "../../shared/tracing/span.ts";
import type { CountedAttempt } from "../../shared/webhooks/attempt-totals.ts";
import { liveSecrets, readEndpoints, type WebhookEndpoint } from "../../shared/webhooks/webhook-endpoints.ts";
import { isFleeting } from "../../shared/webhooks/webhook-event.ts";
import {
  deliveriesDue,
  deliveryKey,
  deliveryLeaseMs,
  isTold,
  lanesDue,
  laneWrite,
} from "../../shared/webhooks/webhook-outbox.ts";
import { type DeliverDependencies, type Delivery, type DeliveryResult, deliver } from "./deliver.ts";
import { type Destination, destinationOf } from "./delivery-destination.ts";
import {
  claimedRow,
  type DeliveryRow,
  finalRow,
  handedBackRow,
  isSettled,
  isWornOut,
  parseDeliveryRow,
  postponedRow,
  settledRow,
} from "./delivery-row.ts";
import { deliverySpan } from "./delivery-span.ts";
import { type JudgeDependencies, judgeEndpoint } from "./judge-endpoint.ts";
import { takeOverTold } from "./take-over-told.ts";

export interface DispatchLimits {
  /** Attempts under way at once. @default 512 */
  readonly total?: number;
  /** … to one host: a dead receiver can hold no more sockets than this. @default 4 */
  readonly perHost?: number;
  /** … for one account. @default 16 */
  readonly perAccount?: number;
  /** Due rows of one account looked at per pass; the next pass goes on behind them. @default 100 */
  readonly rowsPerPass?: number;
}

export interface DispatchDependencies extends Omit<DeliverDependencies, "now" | "secrets">, JudgeDependencies {
  /** Secrets that sign the messages of jobs' own webhooks; endpoints have secrets of their own. */
  readonly secrets: (accountId: string) => Promise<readonly string[]>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** An attempt failed; the next is due then. @default none: frequent calls of `startDue` find it */
  readonly onRetry?: (at: number) => Promise<void>;
  /** Called after each attempt, with the state that it leaves the message in. */
  readonly onAttempt?: (attempt: CountedAttempt) => void;
  /** Records attempts of jobs with a sampled trace. @default none */
  readonly spans?: Spans;
}

const lanesPerPage = 100;
/**
 * An account's queue that gained a row is checked again after this, though it may seem empty: the `due` index may show
 * a new row a moment later than the lane it is in.
 */
const laneSettleMs = 10_000;

/**
 * Sends the outbox: rows of the `due` index, each claimed by a conditional write (so several dispatchers may run),
 * delivered at least once under a constant `webhook-id`, and retried by the schedule that is kept in the row. Every
 * account has a lane of its own and a share of the attempts under way, so one slow or dead receiver, however long its
 * backlog, delays no other account. A message that follows another of the same job is not begun before that one is
 * settled.
 */
export class DeliveryDispatcher {
  readonly #dependencies: DispatchDependencies;
  readonly #rowsPerPass: number;
  readonly #underWay = new Set<Promise<void>>();
  readonly #shares: FairShares;
  readonly #abort = new AbortController();
  /** Cursor of the sweep over an account's due rows; absent at its beginning. */
  readonly #cursors = new Map<string, string>();
  /** Ends the pause between two passes. */
  #wake = new AbortController();

  constructor(
    dependencies: DispatchDependencies,
    { total = 512, perHost = 4, perAccount = 16, rowsPerPass = 100 }: DispatchLimits = {},
  ) {
    this.#dependencies = dependencies;
    this.#shares = new FairShares({ total, perHost, perAccount });
    this.#rowsPerPass = rowsPerPass;
  }

  /**
   * One pass: claims due rows and begins their attempts, without waiting for receivers.
   * @returns whether due rows were left for lack of room, which the end of an attempt makes worth another pass
   */
  async startDue(): Promise<boolean> {
    const { items, clock, log } = this.#dependencies;
    let backlog = (await takeOverTold({ items, clock })) > 0;
    for await (const lane of eachDue(items, lanesDue, { to: clock.now(), pageSize: lanesPerPage })) {
      try {
        if (await this.#startLane(lane)) backlog = true;
      } catch (error) {
        // One account's rows must not hold up those of the accounts behind it.
        log("error", "failed to read an account's webhook deliveries", { pk: lane.pk, error: String(error) });
      }
      if (this.#shares.isFull) return true;
    }
    return backlog;
  }

  /**
   * Begins the first attempts of the rows that a notice names, as far as there is room.
   * @returns those that were left for lack of room, or behind an earlier message
   */
  async startNamed(messageIds: readonly string[]): Promise<string[]> {
    const { items, log } = this.#dependencies;
    const left: string[] = [];
    for (const id of messageIds) {
      const item = await items.get(deliveryKey(id));
      const row = item && parseDeliveryRow(item);
      // Begun already: the notice came twice, or later than the tick.
      if (row === undefined || row.status !== "pending" || row.attempt > 0) continue;
      try {
        const endpoints = row.endpointId === undefined ? [] : await readEndpoints(items, row.accountId);
        if (this.#shares.isFull || !(await this.#startIfRoom(row, endpoints))) left.push(id);
      } catch (error) {
        // It is due when its first attempt should be over.
        log("error", "failed to begin a webhook delivery", { messageId: id, error: String(error) });
      }
    }
    return left;
  }

  /**
   * Resolves when the attempts under way now, and those begun meanwhile, have been recorded.
   * @returns whether there were any: if not, rows that `startDue` left wait for another dispatcher
   */
  async settled(): Promise<boolean> {
    const hadAny = this.#underWay.size > 0;
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    return hadAny;
  }

  /**
   * Passes, every `pollMs` and sooner while there is a backlog, until `signal` aborts. Then gives attempts under way
   * `graceMs` to finish and hands the rest back, due at once.
   */
  async run(signal: AbortSignal, { pollMs = 250, graceMs = 3_000 } = {}): Promise<void> {
    const { clock, log } = this.#dependencies;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      let backlog = false;
      try {
        backlog = await this.startDue();
      } catch (error) {
        log("error", "failed to read the webhook outbox; trying again", { error: String(error) });
      }
      const room = backlog ? [this.#wake.signal] : [];
      await clock.sleep(pollMs, AbortSignal.any([signal, ...room]));
    }
    const graceOver = new AbortController();
    await Promise.race([this.settled(), clock.sleep(graceMs, graceOver.signal)]);
    graceOver.abort();
    this.#abort.abort(new Error("the dispatcher is stopping"));
    await this.settled();
  }

  /** Begins what is due and has room in one account's lane. @returns whether due rows were left */
  async #startLane(lane: Item): Promise<boolean> {
    const { items, clock } = this.#dependencies;
    const accountId = String(lane.data.accountId);
    if (!this.#shares.hasRoom({ accountId })) return true;
    const from = this.#cursors.get(accountId);
    const page = await items.query({
      index: "due",
      partition: deliveriesDue(accountId),
      to: clock.now(),
      limit: this.#rowsPerPass,
      cursor: from,
    });
    let endpoints: readonly WebhookEndpoint[] | undefined;
    let left = from !== undefined || page.cursor !== undefined;
    let isFull = false;
    const work = { kind: "delivery", rows: page.items, idOf: ({ pk }: Item) => pk };
    await forEachDue({ items, clock }, work, async (item) => {
      isFull ||= this.#shares.isFull;
      if (isFull) return "skipped";
      const row = parseDeliveryRow(item);
      if (row?.endpointId !== undefined) endpoints ??= await readEndpoints(items, accountId);
      const started = row === undefined ? await this.#giveUp(item) : await this.#startIfRoom(row, endpoints ?? []);
      if (started) return;
      left = true;
      return "skipped";
    });
    if (isFull) return true;
    if (page.cursor === undefined) this.#cursors.delete(accountId);
    else this.#cursors.set(accountId, page.cursor);
    if (!left) await this.#parkLane(lane, accountId);
    return left;
  }

  /**
   * Parks a queue without due rows until its next row, or deletes it. A row added concurrently changes the record, and
   * its write wins.
   */
  async #parkLane({ version, ...lane }: Item, accountId: string): Promise<void> {
    const { items, clock } = this.#dependencies;
    const next = await items.query({ index: "due", partition: deliveriesDue(accountId), limit: 1 });
    const settledAt = Number(lane.data.touchedAt) + laneSettleMs;
    const dueAt = Math.min(
      next.items[0]?.dueAt ?? Number.POSITIVE_INFINITY,
      settledAt > clock.now() ? settledAt : Number.POSITIVE_INFINITY,
    );
    const write: Write = Number.isFinite(dueAt) ? { put: { ...lane, dueAt } } : { delete: lane };
    await this.#write([{ ...write, if: { version } }]);
  }

  /**
   * Resolves to true when the row is claimed, or need not be claimed any more; to false when it has to wait for
   * another.
   */
  async #startIfRoom(row: DeliveryRow, endpoints: readonly WebhookEndpoint[]): Promise<boolean> {
    const { clock, log } = this.#dependencies;
    const { item, accountId } = row;
    if (isWornOut(row)) return this.#giveUp(item);
    const destination = destinationOf(row, endpoints);
    if ("over" in destination) {
      await this.#put(finalRow(item, { status: destination.over }, clock.now()), item.version);
      return true;
    }
    const host = URL.parse(destination.url)?.host ?? "";
    if (!this.#shares.hasRoom({ accountId, host })) return false;
    const turn = await this.#turnOf(row);
    if (turn !== "now") return turn === "postponed";
    const claimed = claimedRow(row, clock.now(), deliveryLeaseMs);
    if (!(await this.#put(claimed.item, item.version))) return true;
    const end = this.#shares.take({ accountId, host });
    const attempt = this.#attempt(claimed, destination)
      .catch((error) => {
        // The lease makes the row due again: nothing is lost, and one row must not stop the others.
        log("error", "failed to record a webhook attempt", { pk: item.pk, error: String(error) });
      })
      .finally(() => {
        end();
        this.#underWay.delete(attempt);
        this.#wake.abort();
      });
    this.#underWay.add(attempt);
    return true;
  }

  /**
   * Checks whether the previous message of the same job to the same receiver is settled. If that one is far from
   * settled, this row is postponed.
   */
  async #turnOf(row: DeliveryRow): Promise<"now" | "soon" | "postponed"> {
    if (row.after === undefined) return "now";
    const { items, clock } = this.#dependencies;
    const item = await items.get(deliveryKey(row.after));
    const earlier = item && parseDeliveryRow(item);
    if (earlier === undefined || isSettled(earlier)) return "now";
    const retryAt = item?.dueAt ?? 0;
    if (earlier.status !== "pending" || retryAt <= clock.now() || isTold(earlier.item)) return "soon";
    await this.#put(postponedRow(row, retryAt + 1), row.item.version, isTold(row.item) ? row.accountId : undefined);
    return "postponed";
  }

  async #giveUp(item: Item): Promise<true> {
    const { clock, log } = this.#dependencies;
    log("warn", "webhook delivery abandoned", { pk: item.pk });
    await this.#put(finalRow(item, { status: "failed" }, clock.now()), item.version);
    return true;
  }

  async #attempt(row: DeliveryRow, { url, endpoint }: Destination): Promise<void> {
    const { clock, random, log, spans, secrets: accountSecrets } = this.#dependencies;
    const { version } = row.item;
    const host = URL.parse(url)?.host;
    const secrets = ({ accountId }: Delivery) =>
      endpoint ? Promise.resolve(liveSecrets(endpoint, clock.now())) : accountSecrets(accountId);
    let result: DeliveryResult;
    try {
      const dependencies = { ...this.#dependencies, secrets, now: clock.now };
      result = await deliver({ ...row, url }, dependencies, this.#abort.signal);
    } catch (error) {
      if (this.#abort.signal.aborted) {
        await this.#put(handedBackRow(row, clock.now()), version, row.accountId);
        return;
      }
      // A bug met by one job's message. It must not end the dispatcher for all others, so the schedule takes it.
      log("warn", "webhook attempt interrupted", {
        messageId: row.messageId,
        error: error instanceof Error ? error.stack : String(error),
      });
      result = {
        outcome: "retry",
        latencyMs: 0,
        error: { code: "internal_error", message: "the message could not be made" },
      };
    }
    const { traceparent, ...response } = result;
    const settled = settledRow(row, response, clock.now(), random);
    const { accountId, endpointId } = row;
    this.#dependencies.onAttempt?.({ status: settled.status, accountId, endpointId });
    await this.#put(settled.item, version, settled.status === "pending" ? row.accountId : undefined);
    if (settled.status === "pending") await this.#dependencies.onRetry?.(settled.item.dueAt ?? clock.now());
    log("info", "webhook attempt", {
      messageId: row.messageId,
      jobId: row.jobId,
      traceId: traceIdOf(traceparent),
      endpointId: endpoint?.id,
      host,
      attempt: row.attempt,
      status: settled.status,
      statusCode: result.statusCode,
      latencyMs: result.latencyMs,
      error: result.error?.code,
    });
    const span = spans && deliverySpan(row, result, { host, endMs: clock.now() });
    if (span !== undefined) spans?.record(span);
    if (!endpoint) return;
    // A failure for another reason (the job is no longer stored, or cannot be signed) says nothing about the receiver.
    const wasInVain = settled.status === "failed" && result.outcome === "retry" && !isFleeting(row.eventType);
    if (settled.status !== "failed" || wasInVain)
      await judgeEndpoint(endpoint, row, settled.status, this.#dependencies);
  }

  /**
   * False when another dispatcher has the row now.
   * @param lane - account whose lane has a row due sooner than before
   */
  #put({ version: _next, ...put }: Item, version: number, lane?: string): Promise<boolean> {
    const more = lane === undefined ? [] : [laneWrite(lane, this.#dependencies.clock.now())];
    return this.#write([{ put, if: { version } }, ...more]);
  }

  /** False when a condition no longer held. */
  async #write(writes: readonly Write[]): Promise<boolean> {
    try {
      await this.#dependencies.items.write(writes);
      return true;
    } catch (error) {
      if (error instanceof ItemsConditionFailed) return false;
      throw error;
    }
  }
}
