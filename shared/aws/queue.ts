import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { type Clock, systemClock } from "../ports/clock.ts";
import {
  type Queue,
  type QueueDepth,
  type QueueMessage,
  type ReceiveOptions,
  type SendOptions,
  StaleReceipt,
} from "../ports/queue.ts";
import { checkReceive, checkSend, checkVisibility, sendableReason } from "../ports/queue-rules.ts";

export interface SqsQueueOptions {
  readonly client: SQSClient;
  /** A standard queue whose redrive policy names the dead-letter queue with `maxReceiveCount`. */
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  /** Tells when a hold has run out. @default systemClock */
  readonly clock?: Clock;
}

/** Holds to remember: far more than one process works on at a time. */
const maxHolds = 10_000;
/** How long dead letters are hidden from other readers while an operator's list of them is put together. */
const readingDeadLettersS = 30;
/** Time for the two calls that move a message to the dead letters. */
const movingS = 30;

/**
 * `queue` over SQS. Times are rounded up to whole seconds, SQS's unit.
 *
 * SQS itself is lenient with receipts: on a standard queue one that has run out may still delete the message that
 * another receiver holds by now, and changing its visibility answers OK without effect. So the driver keeps the time
 * each of its holds ends, and treats a receipt as stale from then on without asking.
 *
 * `test/conformance/aws-queue-objects.test.ts` runs the suite of the port over it.
 */
export function openSqsQueue(options: SqsQueueOptions): Queue {
  return new SqsQueue(options);
}

class SqsQueue implements Queue {
  readonly #client: SQSClient;
  readonly #queueUrl: string;
  readonly #deadLetterQueueUrl: string;
  readonly #clock: Clock;
  /** End of each hold by receipt, in receive order. An unknown receipt came from elsewhere, so SQS decides. */
  readonly #heldUntil = new Map<string, number>();

  constructor({ client, queueUrl, deadLetterQueueUrl, clock = systemClock }: SqsQueueOptions) {
    this.#client = client;
    this.#queueUrl = queueUrl;
    this.#deadLetterQueueUrl = deadLetterQueueUrl;
    this.#clock = clock;
  }

  /** A group makes a standard queue a fair queue: SQS serves the messages of quiet groups first. */
  async send(body: string, options: SendOptions = {}): Promise<void> {
    checkSend(body, options);
    const { delayMs = 0, group } = options;
    await this.#client.send(
      new SendMessageCommand({
        QueueUrl: this.#queueUrl,
        MessageBody: body,
        DelaySeconds: seconds(delayMs),
        MessageGroupId: group,
      }),
    );
  }

  async receive(options: ReceiveOptions): Promise<QueueMessage[]> {
    checkReceive(options);
    const { max = 1, visibilityMs, waitMs = 0, signal } = options;
    if (signal?.aborted) return [];
    try {
      const { Messages = [] } = await this.#client.send(
        new ReceiveMessageCommand({
          QueueUrl: this.#queueUrl,
          MaxNumberOfMessages: max,
          VisibilityTimeout: seconds(visibilityMs),
          WaitTimeSeconds: seconds(waitMs),
          MessageSystemAttributeNames: ["ApproximateReceiveCount", "SentTimestamp"],
        }),
        signal && { abortSignal: signal },
      );
      const received = Messages.map(toMessage);
      for (const { receipt } of received) this.#hold(receipt, visibilityMs);
      return received;
    } catch (error) {
      // A message that was on its way to us is not lost: it becomes visible again when its time-out has passed.
      if (signal?.aborted) return [];
      throw error;
    }
  }

  async extend(receipt: string, visibilityMs: number): Promise<void> {
    checkVisibility(visibilityMs);
    if (this.#isStale(receipt)) throw new StaleReceipt();
    try {
      await this.#client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: this.#queueUrl,
          ReceiptHandle: receipt,
          VisibilityTimeout: seconds(visibilityMs),
        }),
      );
    } catch (error) {
      if (isStaleReceipt(error)) throw new StaleReceipt();
      throw error;
    }
    this.#hold(receipt, visibilityMs);
  }

  async delete(receipt: string): Promise<void> {
    if (this.#isStale(receipt)) return;
    try {
      await this.#client.send(new DeleteMessageCommand({ QueueUrl: this.#queueUrl, ReceiptHandle: receipt }));
    } catch (error) {
      if (!isStaleReceipt(error)) throw error;
    }
    this.#hold(receipt, 0);
  }

  /**
   * With a stale receipt without effect and no error, as `delete`. A crash between the copy and the delete leaves the
   * message in both queues; it is dead-lettered again when it is received again.
   */
  async deadLetter(message: QueueMessage, reason: string): Promise<void> {
    try {
      await this.extend(message.receipt, movingS * 1000);
    } catch (error) {
      if (error instanceof StaleReceipt) return;
      throw error;
    }
    await this.#client.send(
      new SendMessageCommand({
        QueueUrl: this.#deadLetterQueueUrl,
        MessageBody: message.body,
        MessageAttributes: { reason: { DataType: "String", StringValue: sendableReason(reason) } },
      }),
    );
    await this.delete(message.receipt);
  }

  async depth(): Promise<QueueDepth> {
    const { Attributes } = await this.#client.send(
      new GetQueueAttributesCommand({
        QueueUrl: this.#queueUrl,
        AttributeNames: [
          "ApproximateNumberOfMessages",
          "ApproximateNumberOfMessagesNotVisible",
          "ApproximateNumberOfMessagesDelayed",
        ],
      }),
    );
    return {
      visible: Number(Attributes?.ApproximateNumberOfMessages),
      inFlight: Number(Attributes?.ApproximateNumberOfMessagesNotVisible),
      delayed: Number(Attributes?.ApproximateNumberOfMessagesDelayed),
    };
  }

  /**
   * SQS can only be read by receiving: other readers do not see these for up to half a minute if this one is killed.
   */
  async deadLetters(max: number): Promise<{ readonly body: string; readonly reason?: string }[]> {
    const found: Message[] = [];
    while (found.length < max) {
      const { Messages = [] } = await this.#client.send(
        new ReceiveMessageCommand({
          QueueUrl: this.#deadLetterQueueUrl,
          MaxNumberOfMessages: Math.min(10, max - found.length),
          VisibilityTimeout: readingDeadLettersS,
          // Long polling asks all of SQS's servers; a short poll may miss messages.
          WaitTimeSeconds: 1,
          MessageSystemAttributeNames: ["SentTimestamp"],
          MessageAttributeNames: ["reason"],
        }),
      );
      if (Messages.length === 0) break;
      found.push(...Messages);
    }
    await this.#showAgain(found);
    return found
      .sort((a, b) => Number(a.Attributes?.SentTimestamp) - Number(b.Attributes?.SentTimestamp))
      .map(({ Body = "", MessageAttributes }) => {
        const reason = MessageAttributes?.reason?.StringValue;
        return reason === undefined ? { body: Body } : { body: Body, reason };
      });
  }

  async close(): Promise<void> {}

  #hold(receipt: string, visibilityMs: number): void {
    this.#heldUntil.set(receipt, this.#clock.now() + visibilityMs);
    if (this.#heldUntil.size <= maxHolds) return;
    const [oldest] = this.#heldUntil.keys();
    if (oldest !== undefined) this.#heldUntil.delete(oldest);
  }

  #isStale(receipt: string): boolean {
    const heldUntil = this.#heldUntil.get(receipt);
    return heldUntil !== undefined && heldUntil <= this.#clock.now();
  }

  async #showAgain(messages: readonly Message[]): Promise<void> {
    for (let i = 0; i < messages.length; i += 10) {
      const Entries = messages.slice(i, i + 10).map(({ ReceiptHandle }, at) => ({
        Id: String(at),
        ReceiptHandle,
        VisibilityTimeout: 0,
      }));
      await this.#client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.#deadLetterQueueUrl, Entries }));
    }
  }
}

function toMessage({ MessageId, ReceiptHandle, Body, Attributes }: Message): QueueMessage {
  if (MessageId === undefined || ReceiptHandle === undefined || Body === undefined) {
    throw new Error("SQS responded with a message that has no id, receipt or body");
  }
  return {
    id: MessageId,
    receipt: ReceiptHandle,
    body: Body,
    receiveCount: Number(Attributes?.ApproximateReceiveCount),
    sentAt: Number(Attributes?.SentTimestamp),
  };
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1000);
}

/**
 * SQS says it in three ways: handle of a deleted message, message not in flight, and both at once as a bad parameter.
 */
function isStaleReceipt(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    error.name === "ReceiptHandleIsInvalid" ||
    error.name === "MessageNotInflight" ||
    (error.name === "InvalidParameterValue" && error.message.includes("ReceiptHandle"))
  );
}
