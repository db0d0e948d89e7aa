import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { createLaneQueue } from "../lane-queue.ts";
import type { State } from "../open-state.ts";
import { checkSend } from "../queue-rules.ts";
import type { StateConfig } from "../state-config.ts";
import { createAwsClients } from "./clients.ts";
import { openDynamoItems } from "./items.ts";
import { openS3Objects } from "./objects.ts";
import { openSqsQueue } from "./queue.ts";

/** The ports on AWS. A module of its own, so that a function's bundle holds these drivers and no others. */
export function openAwsState(config: StateConfig & { kind: "aws" }): Omit<State, "close"> {
  const { region, tableName, queueUrl, deadLetterQueueUrl, batchQueueUrl, notifyQueueUrl, bucketName } = config;
  const clients = createAwsClients({ region });
  const openQueue = (url: string) => openSqsQueue({ client: clients.sqs, queueUrl: url, deadLetterQueueUrl });
  const interactive = openQueue(queueUrl);
  return {
    items: openDynamoItems({ client: clients.dynamodb, table: tableName }),
    queue: batchQueueUrl ? createLaneQueue({ interactive, batch: openQueue(batchQueueUrl) }) : interactive,
    objects: openS3Objects({ client: clients.s3, bucket: bucketName }),
    ...(notifyQueueUrl !== undefined && {
      notices: {
        async send(body, { delayMs = 0 } = {}) {
          checkSend(body, delayMs);
          const DelaySeconds = Math.ceil(delayMs / 1000);
          await clients.sqs.send(new SendMessageCommand({ QueueUrl: notifyQueueUrl, MessageBody: body, DelaySeconds }));
        },
      },
    }),
  };
}
