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

export function createLaneQueue(
  lanes: LaneQueue["lanes"],
  { pollMs = defaultPollMs }: { readonly pollMs?: number } = {},
): LaneQueue {
  const ofReceipt = (receipt: string): [Queue, string] =>
    receipt.startsWith("b") ? [lanes.batch, receipt.slice(1)] : [lanes.interactive, receipt.slice(1)];

  async function receive(options: ReceiveOptions): Promise<QueueMessage[]> {
    const { waitMs = 0, signal } = options;
    for (let left = waitMs; ; left -= pollMs) {
      for (const lane of ["interactive", "batch"] as const) {
        // Only the interactive lane is waited for, and only after the batch lane was found empty.
        const wait = lane === "interactive" && left < waitMs ? Math.min(pollMs, left + pollMs) : 0;
        const found = await lanes[lane].receive({ ...options, waitMs: wait });
        if (found.length > 0) return found.map((message) => ({ ...message, receipt: lane[0] + message.receipt }));
      }
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

function sum(a: QueueDepth, b: QueueDepth): QueueDepth {
  return { visible: a.visible + b.visible, inFlight: a.inFlight + b.inFlight, delayed: a.delayed + b.delayed };
}
