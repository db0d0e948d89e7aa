import { randomUUID } from "node:crypto";
import { resolve as resolvePath } from "node:path";
import { type Clock, systemClock } from "../ports/clock.ts";
import {
  maxCounted,
  maxReceiveCount,
  type Queue,
  type QueueDepth,
  type QueueMessage,
  type ReceiveOptions,
  type SendOptions,
  StaleReceipt,
} from "../ports/queue.ts";
import { checkReceive, checkSend, checkVisibility, sendableReason } from "../ports/queue-rules.ts";
import { EmbeddedDatabase } from "./database.ts";

export interface EmbeddedQueueOptions {
  /** @default systemClock */
  readonly clock?: Clock;
  /** Receives before a message moves to the dead letters by itself. @default 10 */
  readonly maxReceiveCount?: number;
}

/**
 * How often a waiting receiver checks for writes by another process: each check that finds none lengthens the wait by a
 * quarter.
 */
const firstPollMs = 10;
const lastPollMs = 100;
const pollGrowth = 1.25;
/** After the log was written to: the commit is about to be seen. */
const commitPollMs = 0.5;

const insertMessage =
  "INSERT INTO messages (queue, body, sent_at, visible_at, group_id, offered) VALUES (?, ?, ?, ?, ?, ?)";
/** What was hidden until now is offered again. */
const offerDue = "UPDATE messages SET offered = 1 WHERE offered = 0 AND queue = ? AND visible_at <= ?";
const isDue = "SELECT 1 FROM messages WHERE offered = 0 AND queue = ? AND visible_at <= ? LIMIT 1";
const isOffered = "SELECT 1 FROM turns WHERE offered > 0 AND queue = ? LIMIT 1";
/** The group with the fewest in flight, of those the one served longest ago; its oldest message. */
const selectNext = `
  SELECT id, group_id, body, sent_at, receive_count FROM messages
  WHERE offered = 1 AND queue = ?1
    AND group_id = (SELECT group_id FROM turns WHERE offered > 0 AND queue = ?1 ORDER BY in_flight, served LIMIT 1)
  ORDER BY visible_at, id LIMIT 1`;
/** What a receive asks before it takes a message. */
export const receiveStatements = { offerDue, isDue, isOffered, selectNext };

const nextVisible = "SELECT min(visible_at) AS at FROM messages WHERE offered = 0 AND queue = ?";
const take =
  "UPDATE messages SET offered = 0, visible_at = ?, receive_count = receive_count + 1, receipt = ? WHERE id = ?";
const noteServed =
  "UPDATE turns SET served = 1 + (SELECT max(served) FROM turns WHERE queue = ?1) WHERE queue = ?1 AND group_id = ?2";
const hide = "UPDATE messages SET visible_at = ? WHERE id = ? AND receipt = ? AND queue = ? AND visible_at > ?";
// Where it was before, not at the end: a job that a stopping worker gives back goes on before the ones that came after
// it.
const handBack = `
  UPDATE messages SET offered = 1, visible_at = sent_at, receipt = NULL
  WHERE id = ? AND receipt = ? AND queue = ? AND visible_at > ?`;
const deleteByReceipt = "DELETE FROM messages WHERE id = ? AND receipt = ? AND queue = ?";
const deleteById = "DELETE FROM messages WHERE id = ?";
const insertDeadLetter = "INSERT INTO dead_letters (queue, body, reason) VALUES (?, ?, ?)";
const selectDeadLetters = "SELECT body, reason FROM dead_letters WHERE queue = ? ORDER BY id LIMIT ?";
const countMessages = `
  SELECT count(*) FILTER (WHERE visible_at <= ?1) +
      (SELECT coalesce(sum(offered), 0) FROM turns WHERE offered > 0 AND queue = ?2) AS visible,
    count(*) FILTER (WHERE visible_at > ?1 AND receipt IS NOT NULL) AS inFlight,
    count(*) FILTER (WHERE visible_at > ?1 AND receipt IS NULL) AS delayed
  FROM messages WHERE offered = 0 AND queue = ?2`;

const selectWaiting = `
  SELECT visible_at, id FROM messages WHERE offered = 1 AND queue = ? AND body = ? ORDER BY visible_at, id LIMIT 1`;
const countBefore = `
  SELECT count(*) AS own FROM (
    SELECT 1 FROM messages WHERE offered = 1 AND queue = ? AND group_id = ? AND (visible_at, id) < (?, ?) LIMIT ?)`;
const countBehind = `
  SELECT count(*) AS behind, (SELECT offered FROM turns WHERE queue = ?1 AND group_id = ?2) AS offered FROM (
    SELECT 1 FROM messages WHERE offered = 1 AND queue = ?1 AND group_id = ?2 AND (visible_at, id) > (?3, ?4) LIMIT ?5)`;
/** Counted from the end of its group first: a message that was just sent is near it, however long the queue is. */
const maxBehind = 32;
/**
 * Messages of other groups that go before the one that ?3 of its own group precede: each other group is served until it
 * has as many in flight as this one will have then, and once more where it comes first at the same number.
 */
const countOthers = `
  WITH own AS (SELECT in_flight, served FROM turns WHERE queue = ?1 AND group_id = ?2)
  SELECT coalesce(sum(min(other.offered, max(0, own.in_flight + ?3 - other.in_flight + (
      other.in_flight > own.in_flight OR (other.in_flight = own.in_flight AND
        (other.served, other.group_id) < (own.served, ?2)))))), 0) AS others
  FROM own, turns AS other WHERE other.offered > 0 AND other.queue = ?1 AND other.group_id <> ?2`;

const selectOldest = `
  SELECT min((SELECT visible_at FROM messages WHERE offered = 1 AND queue = ?1 AND group_id = turns.group_id
    ORDER BY visible_at LIMIT 1)) AS at FROM turns WHERE offered > 0 AND queue = ?1`;

type NextRow = {
  readonly id: number;
  readonly group_id: string;
  readonly body: string;
  readonly sent_at: number;
  readonly receive_count: number;
};

/** Receivers of this process that wait, by file and queue name: a send here wakes them without a poll. */
const waiting = new Map<string, Set<() => void>>();

/**
 * The queue `name` in a SQLite file, which other processes may have open as well; `:memory:` for tests.
 * Groups take turns: the one with the fewest messages in flight is served, of those the one served longest ago, each in
 * the order of its messages. Dead letters are kept until the file is deleted.
 */
export function openEmbeddedQueue(file: string, name: string, options: EmbeddedQueueOptions = {}): Queue {
  return new SqliteQueue(file, name, options);
}

class SqliteQueue implements Queue {
  readonly #db: EmbeddedDatabase;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #maxReceiveCount: number;
  readonly #wakeKey: string;
  readonly #closing = new AbortController();

  constructor(file: string, name: string, options: EmbeddedQueueOptions) {
    this.#db = new EmbeddedDatabase(file);
    this.#name = name;
    this.#clock = options.clock ?? systemClock;
    this.#maxReceiveCount = options.maxReceiveCount ?? maxReceiveCount;
    this.#wakeKey = JSON.stringify([file === ":memory:" ? randomUUID() : resolvePath(file), name]);
  }

  async send(body: string, options: SendOptions = {}): Promise<void> {
    checkSend(body, options);
    const { delayMs = 0, group = "" } = options;
    const now = this.#clock.now();
    const offered = delayMs === 0 ? 1 : 0;
    await this.#db.write(() => this.#db.sql(insertMessage).run(this.#name, body, now, now + delayMs, group, offered));
    this.#wakeWaiting();
  }

  async receive(options: ReceiveOptions): Promise<QueueMessage[]> {
    checkReceive(options);
    const { max = 1, visibilityMs, waitMs = 0, signal } = options;
    const deadline = this.#clock.now() + waitMs;
    const stopped = () => signal?.aborted || this.#closing.signal.aborted;
    while (!stopped()) {
      // Taken before looking: what is committed in between makes the wait below end at its first poll.
      const version = this.#db.dataVersion();
      const waiter = this.#startWaiting(signal);
      try {
        const messages = await this.#takeVisible(max, visibilityMs);
        if (messages.length > 0 || stopped() || this.#clock.now() >= deadline) return messages;
        await this.#waitForChange(version, deadline, waiter.signal);
      } finally {
        waiter.end();
      }
    }
    return [];
  }

  async extend(receipt: string, visibilityMs: number): Promise<void> {
    checkVisibility(visibilityMs);
    const { changes } = await this.#db.write(() => {
      const now = this.#clock.now();
      return visibilityMs === 0
        ? this.#db.sql(handBack).run(rowId(receipt), receipt, this.#name, now)
        : this.#db.sql(hide).run(now + visibilityMs, rowId(receipt), receipt, this.#name, now);
    });
    if (changes === 0) throw new StaleReceipt();
    if (visibilityMs === 0) this.#wakeWaiting();
  }

  async delete(receipt: string): Promise<void> {
    await this.#db.write(() => this.#db.sql(deleteByReceipt).run(rowId(receipt), receipt, this.#name));
  }

  /** With a stale receipt without effect and no error, as `delete`. */
  async deadLetter(message: QueueMessage, reason: string): Promise<void> {
    await this.#db.write(() => {
      const { changes } = this.#db.sql(deleteByReceipt).run(rowId(message.receipt), message.receipt, this.#name);
      if (changes !== 0) this.#db.sql(insertDeadLetter).run(this.#name, message.body, sendableReason(reason));
    });
  }

  depth(): Promise<QueueDepth> {
    return this.#db.read(() => {
      const { visible, inFlight, delayed } = this.#db.sql(countMessages).get(this.#clock.now(), this.#name)!;
      return { visible: Number(visible), inFlight: Number(inFlight), delayed: Number(delayed) };
    });
  }

  oldestAt(): Promise<number | undefined> {
    return this.#db.read(() => (this.#db.sql(selectOldest).get(this.#name)!.at as number | null) ?? undefined);
  }

  ahead(body: string, group: string): Promise<number | undefined> {
    return this.#db.read(() => {
      const found = this.#db.sql(selectWaiting).get(this.#name, body) as { visible_at: number; id: number } | undefined;
      if (found === undefined) return undefined;
      const { visible_at, id } = found;
      const { behind, offered } = this.#db.sql(countBehind).get(this.#name, group, visible_at, id, maxBehind)!;
      const own =
        Number(behind) < maxBehind
          ? Number(offered) - 1 - Number(behind)
          : Number(this.#db.sql(countBefore).get(this.#name, group, visible_at, id, maxCounted)!.own);
      const others = Number(this.#db.sql(countOthers).get(this.#name, group, own)!.others);
      return Math.min(maxCounted, own + others);
    });
  }

  async deadLetters(max: number): Promise<{ readonly body: string; readonly reason?: string }[]> {
    const rows = await this.#db.read(
      () => this.#db.sql(selectDeadLetters).all(this.#name, max) as { body: string; reason: string | null }[],
    );
    return rows.map(({ body, reason }) => (reason === null ? { body } : { body, reason }));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#db.close();
  }

  async #takeVisible(max: number, visibilityMs: number): Promise<QueueMessage[]> {
    // The check takes no lock, so idle receivers block no writer.
    const found = await this.#db.read(
      () => this.#db.sql(isOffered).get(this.#name) ?? this.#db.sql(isDue).get(this.#name, this.#clock.now()),
    );
    if (found === undefined || this.#closing.signal.aborted) return [];
    return this.#db.write(() => {
      this.#db.sql(offerDue).run(this.#name, this.#clock.now());
      const messages: QueueMessage[] = [];
      while (messages.length < max) {
        const next = this.#db.sql(selectNext).get(this.#name) as NextRow | undefined;
        if (next === undefined) break;
        const { id, group_id, body, sent_at, receive_count } = next;
        if (receive_count >= this.#maxReceiveCount) {
          this.#db.sql(deleteById).run(id);
          this.#db.sql(insertDeadLetter).run(this.#name, body, null);
          continue;
        }
        const receipt = `${id}.${randomUUID()}`;
        this.#db.sql(take).run(this.#clock.now() + visibilityMs, receipt, id);
        this.#db.sql(noteServed).run(this.#name, group_id);
        messages.push({ id: String(id), receipt, body, receiveCount: receive_count + 1, sentAt: sent_at });
      }
      return messages;
    });
  }

  /** Until a message may be there: another process committed, one becomes visible by time, `signal`, or `deadline`. */
  async #waitForChange(version: number, deadline: number, signal: AbortSignal): Promise<void> {
    const next = await this.#db.read(() => this.#db.sql(nextVisible).get(this.#name)!.at as number | null);
    const end = Math.min(deadline, next ?? deadline);
    for (let pollMs = firstPollMs; !signal.aborted; pollMs = Math.min(pollMs * pollGrowth, lastPollMs)) {
      const left = end - this.#clock.now();
      if (left <= 0 || this.#db.dataVersion() !== version) return;
      if (await this.#sleepUntilLogWrite(Math.min(pollMs, left), signal)) pollMs = commitPollMs;
    }
  }

  /** Returns whether the log was written to before `ms` had passed. */
  async #sleepUntilLogWrite(ms: number, signal: AbortSignal): Promise<boolean> {
    const nap = new AbortController();
    let written = false;
    const wake = () => nap.abort();
    const stopListening = this.#db.onLogWrite(() => {
      written = true;
      wake();
    });
    signal.addEventListener("abort", wake);
    try {
      await this.#clock.sleep(ms, nap.signal);
    } finally {
      stopListening();
      signal.removeEventListener("abort", wake);
    }
    return written;
  }

  #startWaiting(signal: AbortSignal | undefined): { readonly signal: AbortSignal; end(): void } {
    const wake = new AbortController();
    const stop = () => wake.abort();
    let waiters = waiting.get(this.#wakeKey);
    if (!waiters) waiting.set(this.#wakeKey, (waiters = new Set()));
    waiters.add(stop);
    signal?.addEventListener("abort", stop);
    this.#closing.signal.addEventListener("abort", stop);
    return {
      signal: wake.signal,
      end: () => {
        waiters.delete(stop);
        if (waiters.size === 0 && waiting.get(this.#wakeKey) === waiters) waiting.delete(this.#wakeKey);
        signal?.removeEventListener("abort", stop);
        this.#closing.signal.removeEventListener("abort", stop);
      },
    };
  }

  #wakeWaiting(): void {
    for (const wake of waiting.get(this.#wakeKey) ?? []) wake();
  }
}

/** Receipts begin with the row's id, so that finding one needs no index of its own. */
function rowId(receipt: string): number {
  return Number.parseInt(receipt, 10) || 0;
}
