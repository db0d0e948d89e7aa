import { DescribeTableCommand, type DynamoDBClient, UpdateTableCommand } from "@aws-sdk/client-dynamodb";

/**
 * Switches the table's deletion protection, once its stack stands: as a property of the template it would keep a first
 * deployment that failed from being rolled back.
 */
export async function protectTable(
  client: Pick<DynamoDBClient, "send">,
  table: string,
  isProtected: boolean,
): Promise<void> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
  if ((Table?.DeletionProtectionEnabled ?? false) === isProtected) return;
  await client.send(new UpdateTableCommand({ TableName: table, DeletionProtectionEnabled: isProtected }));
}
