import type { Clock } from "../../shared/clock.ts";
import { guardedFetchTimeoutMs } from "../../shared/guarded-fetch.ts";
import { type Item, type Items, ItemsConditionFailed, type Json } from "../../shared/items.ts";
import { deliveriesDue } from "../../shared/webhook-outbox.ts";
import { type DeliverDependencies, type DeliveryResult, deliver } from "./deliver.ts";
import {
  claimedRow,
  type DeliveryRow,
  finalRow,
  handedBackRow,
  isWornOut,
  parseDeliveryRow,
  settledRow,
} from "./delivery-row.ts";

/** A dispatcher that dies keeps a row this long; then the next attempt is due. Longer than any attempt can last. */
export const deliveryLeaseMs = 4 * guardedFetchTimeoutMs;

export interface DispatchLimits {
  /** Attempts under way at once. @default 128 */
  readonly total?: number;
  /** … to one host: a dead receiver can hold no more sockets than this. @default 4 */
  readonly perHost?: number;
  /** … for one account. @default 16 */
  readonly perAccount?: number;
  /** Due rows looked at per pass; the next pass goes on behind them. @default 1000 */
  readonly scannedPerPass?: number;
}

export interface DispatchDependencies extends Omit<DeliverDependencies, "now"> {
  readonly items: Items;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: (message: string, fields: { readonly [name: string]: Json | undefined }) => void;
}

const pageSize = 100;

/**
 * Sends the outbox: rows of the `due` index, each claimed by a conditional write (so several dispatchers may run), delivered
 * at least once under a constant `webhook-id`, and retried by the schedule that is kept in the row. Rows whose host or account
 * has its share of attempts under way are passed over, so one slow or dead receiver delays nobody else.
 */
export class DeliveryDispatcher {
  readonly #dependencies: DispatchDependencies;
  readonly #limits: Required<DispatchLimits>;
  readonly #underWay = new Set<Promise<void>>();
  readonly #perHost = new Map<string, number>();
  readonly #perAccount = new Map<string, number>();
  readonly #abort = new AbortController();
  /** Where the sweep over the due rows goes on; absent at its beginning. */
  #cursor: string | undefined;
  /** Ends the pause between two passes. */
  #wake = new AbortController();

  constructor(
    dependencies: DispatchDependencies,
    { total = 128, perHost = 4, perAccount = 16, scannedPerPass = 1_000 }: DispatchLimits = {},
  ) {
    this.#dependencies = dependencies;
    this.#limits = { total, perHost, perAccount, scannedPerPass };
  }

  /**
   * One pass: claims due rows and begins their attempts, without waiting for receivers.
   * @returns whether due rows were left for lack of room, which the end of an attempt makes worth another pass
   */
  async startDue(): Promise<boolean> {
    const { items, clock } = this.#dependencies;
    let passedOver = false;
    for (let scanned = 0; scanned < this.#limits.scannedPerPass; scanned += pageSize) {
      const page = await items.query({
        index: "due",
        partition: deliveriesDue,
        to: clock.now(),
        limit: pageSize,
        ...(this.#cursor !== undefined && { cursor: this.#cursor }),
      });
      for (const item of page.items) {
        if (this.#underWay.size >= this.#limits.total) return true;
        if (!(await this.#startIfRoom(item))) passedOver = true;
      }
      this.#cursor = page.cursor;
      if (page.cursor === undefined) return passedOver;
    }
    return true;
  }

  /** Resolves when the attempts under way now, and those begun meanwhile, have been recorded. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /**
   * Passes, every `pollMs` and sooner while there is a backlog, until `signal` aborts. Then gives attempts under way `graceMs`
   * to finish and hands the rest back, due at once.
   */
  async run(signal: AbortSignal, { pollMs = 250, graceMs = 3_000 } = {}): Promise<void> {
    const { clock, log } = this.#dependencies;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      let backlog = false;
      try {
        backlog = await this.startDue();
      } catch (error) {
        log("the webhook outbox could not be read; trying again", { error: String(error) });
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

  /** Resolves when the row is claimed, or turned out to be nobody's to claim; false when there was no room for it. */
  async #startIfRoom(item: Item): Promise<boolean> {
    const { clock, log } = this.#dependencies;
    const row = parseDeliveryRow(item);
    if (row === undefined || isWornOut(row)) {
      log("a webhook row was given up", { pk: item.pk, reason: row ? "every attempt was cut off" : "unreadable" });
      await this.#put(finalRow(item, { status: "failed" }, clock.now()), item.version);
      return true;
    }
    const host = URL.parse(row.url)?.host ?? "";
    const hasRoom =
      (this.#perHost.get(host) ?? 0) < this.#limits.perHost &&
      (this.#perAccount.get(row.accountId) ?? 0) < this.#limits.perAccount;
    if (!hasRoom) return false;
    const claimed = claimedRow(row, clock.now() + deliveryLeaseMs);
    if (!(await this.#put(claimed.item, item.version))) return true;
    count(this.#perHost, host, 1);
    count(this.#perAccount, row.accountId, 1);
    const attempt = this.#attempt(claimed)
      .catch((error) => {
        // The lease makes the row due again: nothing is lost, and one row must not stop the others.
        log("a webhook attempt could not be recorded", { pk: item.pk, error: String(error) });
      })
      .finally(() => {
        count(this.#perHost, host, -1);
        count(this.#perAccount, row.accountId, -1);
        this.#underWay.delete(attempt);
        this.#wake.abort();
      });
    this.#underWay.add(attempt);
    return true;
  }

  async #attempt(row: DeliveryRow): Promise<void> {
    const { clock, random, log } = this.#dependencies;
    const { version } = row.item;
    let result: DeliveryResult;
    try {
      result = await deliver(row, { ...this.#dependencies, now: clock.now }, this.#abort.signal);
    } catch (error) {
      if (this.#abort.signal.aborted) {
        await this.#put(handedBackRow(row, clock.now()), version);
        return;
      }
      // A bug met by one job's message. It must not end the dispatcher for all others, so the schedule takes it.
      log("webhook attempt broke off", {
        messageId: row.messageId,
        error: error instanceof Error ? error.stack : String(error),
      });
      result = {
        outcome: "retry",
        latencyMs: 0,
        error: { code: "internal_error", message: "the message could not be made" },
      };
    }
    const settled = settledRow(row, result, clock.now(), random);
    await this.#put(settled.item, version);
    log("webhook attempt", {
      messageId: row.messageId,
      jobId: row.jobId,
      host: URL.parse(row.url)?.host,
      attempt: row.attempt,
      status: settled.status,
      statusCode: result.statusCode,
      latencyMs: result.latencyMs,
      error: result.error?.code,
    });
  }

  /** False when another dispatcher has the row now. */
  async #put({ version: _next, ...put }: Item, version: number): Promise<boolean> {
    try {
      await this.#dependencies.items.write([{ put, if: { version } }]);
      return true;
    } catch (error) {
      if (error instanceof ItemsConditionFailed) return false;
      throw error;
    }
  }
}

function count(counts: Map<string, number>, key: string, change: 1 | -1): void {
  const value = (counts.get(key) ?? 0) + change;
  if (value === 0) counts.delete(key);
  else counts.set(key, value);
}
