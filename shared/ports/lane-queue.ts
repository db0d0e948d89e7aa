import type { Lane } from "../job.ts";
import type { Queue, QueueDepth, QueueMessage, ReceiveOptions } from "./queue.ts";

/**
 * One queue per lane, seen as one queue: a receiver gets interactive messages as long as there are any.
 */
export interface LaneQueue extends Queue {
  readonly lanes: { readonly [lane in Lane]: Queue };
}

/**
 * Longest wait of a batch message that arrives while all workers are idle: a receive polls one queue at a time.
 */
const defaultPollMs = 1_000;

export interface LaneQueueOptions {
  /** @default 1 s */
  readonly pollMs?: number;
  /**
   * A receive that does not wait may miss messages: a short poll asks only some of SQS's servers. Then the interactive
   * lane is counted before a batch message is taken, and waited for when it is not empty. @default false
   */
  readonly shortPollMisses?: boolean;
}

export function createLaneQueue(
  lanes: LaneQueue["lanes"],
  { pollMs = defaultPollMs, shortPollMisses = false }: LaneQueueOptions = {},
): LaneQueue {
  const ofReceipt = (receipt: string): [Queue, string] =>
    receipt.startsWith("b") ? [lanes.batch, receipt.slice(1)] : [lanes.interactive, receipt.slice(1)];

  async function receiveFrom(lane: Lane, options: ReceiveOptions): Promise<QueueMessage[]> {
    const found = await lanes[lane].receive(options);
    return found.map((message) => ({ ...message, receipt: lane[0] + message.receipt }));
  }

  /** @param waitMs - 0 in the first round; then the batch lane was found empty just before */
  async function receiveInteractive(options: ReceiveOptions, waitMs: number): Promise<QueueMessage[]> {
    const found = await receiveFrom("interactive", { ...options, waitMs });
    if (found.length > 0 || waitMs > 0 || !shortPollMisses) return found;
    // All of SQS's servers answer to a long poll, and it ends with the first message.
    const { visible } = await lanes.interactive.depth();
    return visible > 0 ? receiveFrom("interactive", { ...options, waitMs: pollMs }) : found;
  }

  async function receive(options: ReceiveOptions): Promise<QueueMessage[]> {
    const { waitMs = 0, signal } = options;
    for (let left = waitMs; ; left -= pollMs) {
      // Only the interactive lane is waited for, and only after the batch lane was found empty.
      const wait = left < waitMs ? Math.min(pollMs, left + pollMs) : 0;
      const interactive = await receiveInteractive(options, wait);
      if (interactive.length > 0) return interactive;
      const batch = await receiveFrom("batch", { ...options, waitMs: 0 });
      if (batch.length > 0) return batch;
      if (left <= 0 || signal?.aborted) return [];
    }
  }

  return {
    lanes,
    send: (body, { lane = "interactive", ...options } = {}) => lanes[lane].send(body, options),
    receive,
    extend: (receipt, visibilityMs) => {
      const [queue, own] = ofReceipt(receipt);
      return queue.extend(own, visibilityMs);
    },
    delete: (receipt) => {
      const [queue, own] = ofReceipt(receipt);
      return queue.delete(own);
    },
    deadLetter: (message, reason) => {
      const [queue, receipt] = ofReceipt(message.receipt);
      return queue.deadLetter({ ...message, receipt }, reason);
    },
    async depth() {
      return sum(await lanes.interactive.depth(), await lanes.batch.depth());
    },
    async deadLetters(max) {
      const first = await lanes.interactive.deadLetters(max);
      return first.length < max ? [...first, ...(await lanes.batch.deadLetters(max - first.length))] : first;
    },
    async close() {
      await lanes.interactive.close();
      await lanes.batch.close();
    },
  };
}

/** The depth of one lane; of all where the queue has no lanes. */
export function laneDepth(queue: Queue, lane: Lane): Promise<QueueDepth> {
  return "lanes" in queue ? (queue as LaneQueue).lanes[lane].depth() : queue.depth();
}

/** When the oldest message of one lane was sent, where the driver knows it. */
export async function oldestInLane(queue: Queue, lane: Lane): Promise<number | undefined> {
  return ("lanes" in queue ? (queue as LaneQueue).lanes[lane] : queue).oldestAt?.();
}

/** Whether the driver can count the messages that go before one. */
export function countsAhead(queue: Queue, lane: Lane): boolean {
  return ("lanes" in queue ? (queue as LaneQueue).lanes[lane] : queue).ahead !== undefined;
}

/** Messages of one lane that go before the one with this body, where the driver can count them. */
export async function aheadInLane(
  queue: Queue,
  lane: Lane,
  { body, group }: { readonly body: string; readonly group: string },
): Promise<number | undefined> {
  return ("lanes" in queue ? (queue as LaneQueue).lanes[lane] : queue).ahead?.(body, group);
}

function sum(a: QueueDepth, b: QueueDepth): QueueDepth {
  return { visible: a.visible + b.visible, inFlight: a.inFlight + b.inFlight, delayed: a.delayed + b.delayed };
}
