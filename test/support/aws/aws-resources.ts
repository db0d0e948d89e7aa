import { CreateTableCommand, type DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, type S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, GetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs";

/**
 * The table that the DynamoDB driver expects.
 * @param projection - of its indexes: tables of earlier versions have all attributes in them. @default keys alone
 */
export async function createTable(
  client: DynamoDBClient,
  name: string,
  projection: "KEYS_ONLY" | "ALL" = "KEYS_ONLY",
): Promise<void> {
  const attribute = (AttributeName: string, AttributeType: "S" | "N" = "S") => ({ AttributeName, AttributeType });
  const keys = (hash: string, range: string) => [
    { AttributeName: hash, KeyType: "HASH" as const },
    { AttributeName: range, KeyType: "RANGE" as const },
  ];
  const Projection = { ProjectionType: projection };
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: keys("pk", "sk"),
      AttributeDefinitions: [
        ...["pk", "sk", "gpk", "gsk", "duePk"].map((key) => attribute(key)),
        attribute("dueAt", "N"),
      ],
      GlobalSecondaryIndexes: [
        { IndexName: "gsi1", KeySchema: keys("gpk", "gsk"), Projection },
        { IndexName: "due", KeySchema: keys("duePk", "dueAt"), Projection },
      ],
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1 }, { TableName: name });
}

/** A standard queue and its dead-letter queue. */
export async function createQueues(
  client: SQSClient,
  name: string,
  maxReceiveCount: number,
): Promise<{ queueUrl: string; deadLetterQueueUrl: string }> {
  const create = async (QueueName: string, Attributes: Record<string, string> = {}) =>
    (await client.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl!;
  const deadLetterQueueUrl = await create(`${name}-dead`);
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: deadLetterQueueUrl, AttributeNames: ["QueueArn"] }),
  );
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount });
  return { queueUrl: await create(name, { RedrivePolicy }), deadLetterQueueUrl };
}

export async function createBucket(client: S3Client, name: string): Promise<void> {
  await client.send(new CreateBucketCommand({ Bucket: name }));
}
