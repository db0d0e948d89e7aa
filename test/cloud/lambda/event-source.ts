import { DeleteMessageCommand, ReceiveMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { LambdaFunction } from "./lambda-function.ts";

const visibilityS = 60;

/**
 * Lambda's SQS event source: batches to the function, and deletes what it did not report as failed. Until `signal`
 * aborts.
 */
export async function runEventSource(
  sqs: SQSClient,
  queueUrl: string,
  target: LambdaFunction,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: 10,
          WaitTimeSeconds: 1,
          VisibilityTimeout: visibilityS,
        }),
        { abortSignal: signal },
      );
      if (Messages.length === 0) continue;
      const Records = Messages.map(({ MessageId, Body, ReceiptHandle }) => ({
        messageId: MessageId,
        body: Body,
        receiptHandle: ReceiptHandle,
        eventSource: "aws:sqs",
      }));
      // Throttled, the batch waits for its turn until its messages show again.
      const result = (await target.invokeWhenFree({ Records }, visibilityS * 1_000)) as
        | { readonly batchItemFailures?: readonly { readonly itemIdentifier: string }[] }
        | undefined;
      const failed = new Set(result?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier));
      for (const { MessageId, ReceiptHandle } of Messages) {
        if (!failed.has(MessageId ?? ""))
          await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
      }
    } catch (error) {
      if (signal.aborted) return;
      process.stderr.write(`event source: ${String(error)}\n`);
    }
  }
}
