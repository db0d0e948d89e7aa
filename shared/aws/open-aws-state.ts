import { createLaneQueue } from "../ports/lane-queue.ts";
import { openLater, openOnce } from "../ports/open-later.ts";
import type { State } from "../state.ts";
import type { StateConfig } from "../state-config.ts";
import { createDynamoDbClient } from "./dynamodb-client.ts";
import { openDynamoItems } from "./items.ts";

/**
 * The ports on AWS. A module of its own, so that a function's bundle holds these drivers and no others; SQS and S3,
 * which many a request does without, are loaded by the first that needs them.
 */
export function openAwsState(config: StateConfig & { kind: "aws" }): Omit<State, "close"> {
  const { region, tableName, queueUrl, deadLetterQueueUrl, batchQueueUrl, notifyQueueUrl, runQueueUrl, bucketName } =
    config;
  const sqs = openOnce(async () => {
    const [{ createSqsClient }, driver] = await Promise.all([import("./sqs-client.ts"), import("./queue.ts")]);
    return { ...driver, client: createSqsClient({ region }) };
  });
  const openQueue = (url: string) =>
    openLater(async () => {
      const { openSqsQueue, client } = await sqs();
      return openSqsQueue({ client, queueUrl: url, deadLetterQueueUrl });
    });
  const interactive = openQueue(queueUrl);
  return {
    items: openDynamoItems({ client: createDynamoDbClient({ region }), table: tableName }),
    queue: batchQueueUrl
      ? createLaneQueue({ interactive, batch: openQueue(batchQueueUrl) }, { shortPollMisses: true })
      : interactive,
    objects: openLater(async () => {
      const [{ createS3Client }, { openS3Objects }] = await Promise.all([
        import("./s3-client.ts"),
        import("./objects.ts"),
      ]);
      return openS3Objects({ client: createS3Client({ region }), bucket: bucketName });
    }),
    notices: notifyQueueUrl === undefined ? undefined : openQueue(notifyQueueUrl),
    runSteps: runQueueUrl === undefined ? undefined : openQueue(runQueueUrl),
  };
}
