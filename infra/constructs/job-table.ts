import type { RemovalPolicy } from "aws-cdk-lib";
import * as dynamodb from "aws-cdk-lib/aws-dynamodb";
import { Construct } from "constructs";

export interface JobTableProps {
  readonly removalPolicy: RemovalPolicy;
  /** A table that is there already, restored from a backup; empty: one is made. */
  readonly existingName: string;
  /** What the indexes hold of an item. @default keys; the driver then reads the items themselves */
  readonly indexes?: "keys" | "whole";
}

/**
 * The one table, as `shared/aws/items.ts` expects it: jobs, events, accounts, keys, money, the webhook outbox.
 *
 * Deletion protection is no property of it: a first deployment that fails could then not be rolled back. `npm run
 * deploy` switches it on once the stack stands.
 */
export class JobTable extends Construct {
  readonly table: dynamodb.ITable;

  constructor(scope: Construct, id: string, { removalPolicy, existingName, indexes = "keys" }: JobTableProps) {
    super(scope, id);
    if (existingName !== "") {
      this.table = dynamodb.Table.fromTableName(this, "Existing", existingName);
      return;
    }
    const text = (name: string) => ({ name, type: dynamodb.AttributeType.STRING });
    const table = new dynamodb.Table(this, "Table", {
      partitionKey: text("pk"),
      sortKey: text("sk"),
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: "exp",
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: dynamodb.TableEncryption.AWS_MANAGED,
      removalPolicy,
    });
    const projectionType = indexes === "keys" ? dynamodb.ProjectionType.KEYS_ONLY : dynamodb.ProjectionType.ALL;
    table.addGlobalSecondaryIndex({
      indexName: "gsi1",
      projectionType,
      partitionKey: text("gpk"),
      sortKey: text("gsk"),
    });
    table.addGlobalSecondaryIndex({
      indexName: "due",
      projectionType,
      partitionKey: text("duePk"),
      sortKey: { name: "dueAt", type: dynamodb.AttributeType.NUMBER },
    });
    this.table = table;
  }
}
