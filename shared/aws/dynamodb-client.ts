import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type AwsClientOptions, clientSettings } from "./client-settings.ts";

export function createDynamoDbClient(options: AwsClientOptions): DynamoDBClient {
  return new DynamoDBClient(clientSettings(options, "dynamodb"));
}
