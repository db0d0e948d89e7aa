import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { AwsClientOptions } from "./client-settings.ts";
import { createDynamoDbClient } from "./dynamodb-client.ts";
import { createS3Client } from "./s3-client.ts";
import { createSqsClient } from "./sqs-client.ts";

export interface AwsClients {
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  /** Closes the connections; the drivers' own `close` leaves them open, since they share them. */
  close(): void;
}

/**
 * All three clients. Where starting fast counts, each is made by its own module when it is first used
 * (`open-aws-state.ts`).
 */
export function createAwsClients(options: AwsClientOptions): AwsClients {
  const dynamodb = createDynamoDbClient(options);
  const sqs = createSqsClient(options);
  const s3 = createS3Client(options);
  return {
    dynamodb,
    sqs,
    s3,
    close() {
      dynamodb.destroy();
      sqs.destroy();
      s3.destroy();
    },
  };
}
