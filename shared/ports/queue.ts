import type { Lane } from "../job.ts";

/**
 * The `queue` port: at-least-once messages with visibility time-outs and a dead-letter queue (SQS semantics).
 * Drivers: `embedded/queue.ts` (SQLite) and `aws/queue.ts` (SQS).
 */
export interface QueueMessage {
  readonly id: string;
  /** Stands for this one receive: deletes and extends are refused or without effect once another receiver has it. */
  readonly receipt: string;
  readonly body: string;
  /** 1 on first delivery. */
  readonly receiveCount: number;
  /** Milliseconds since the epoch. */
  readonly sentAt: number;
}

export interface SendOptions {
  readonly delayMs?: number;
  readonly lane?: Lane;
  /**
   * Sender that shares the receivers fairly with other groups: an account. A backlog of one group delays its own
   * messages, not those of others. 1 to 128 letters, digits and `-_.`. Nothing is promised for messages without one.
   */
  readonly group?: string;
}

export interface ReceiveOptions {
  /** @default 1, at most 10 */
  readonly max?: number;
  /** How long the messages stay hidden from others. */
  readonly visibilityMs: number;
  /** Long poll: wait up to this long for a first message. At most 20 000. @default 0 */
  readonly waitMs?: number;
  /** Ends the wait early, with an empty list. */
  readonly signal?: AbortSignal;
}

export interface QueueDepth {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

export interface Queue {
  /**
   * Durable on return. `delayMs` at most 900 000; bodies up to 262 144 bytes of UTF-8. A queue without lanes takes no
   * notice of `lane`.
   */
  send(body: string, options?: SendOptions): Promise<void>;
  receive(options: ReceiveOptions): Promise<QueueMessage[]>;
  /**
   * Restart the visibility time-out from now; 0 hands the message back at once. A stale receipt rejects with
   * `StaleReceipt`.
   */
  extend(receipt: string, visibilityMs: number): Promise<void>;
  /** Done with it. Deleting with a stale receipt has no effect on the newer receive and is no error. */
  delete(receipt: string): Promise<void>;
  /** Move this received message to the dead-letter queue now, with the reason beside it. */
  deadLetter(message: QueueMessage, reason: string): Promise<void>;
  depth(): Promise<QueueDepth>;
  /**
   * Messages that will be received before the oldest one with this body, if nothing is sent or finished meanwhile:
   * `undefined` when none waits, at most `maxCounted`. Only drivers that can count it have this.
   */
  ahead?(body: string, group: string): Promise<number | undefined>;
  /** When the oldest message that waits became visible; `undefined` when none does. As `ahead`, where it is known. */
  oldestAt?(): Promise<number | undefined>;
  /** Read dead letters (oldest first) without removing them, up to `max`. For operators and tests. */
  deadLetters(max: number): Promise<{ readonly body: string; readonly reason?: string }[]>;
  close(): Promise<void>;
}

/**
 * Receives before the queue itself moves a message to the dead-letter queue: the last net under messages that kill
 * their reader.
 */
export const maxReceiveCount = 10;

/** `Queue.ahead` counts no further. */
export const maxCounted = 10_000;

export class StaleReceipt extends Error {
  constructor() {
    super("the message was received again or deleted since");
    this.name = "StaleReceipt";
  }
}
