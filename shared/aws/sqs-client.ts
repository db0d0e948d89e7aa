import { SQSClient } from "@aws-sdk/client-sqs";
import { type AwsClientOptions, clientSettings } from "./client-settings.ts";

export function createSqsClient(options: AwsClientOptions): SQSClient {
  // Otherwise the SDK sends to the host inside the queue's URL, whatever the endpoint says: a local run would call AWS.
  return new SQSClient({ ...clientSettings(options, "sqs"), useQueueUrlAsEndpoint: false });
}
