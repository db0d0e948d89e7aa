import { App, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { expect, it } from "vitest";
import { JobTable, type JobTableProps } from "./job-table.ts";

function template(props: Partial<JobTableProps> = {}) {
  const stack = new Stack(new App(), "S");
  new JobTable(stack, "T", { removalPolicy: RemovalPolicy.RETAIN, existingName: "", ...props });
  return Template.fromStack(stack);
}

it("has the keys and indexes that the driver reads by, with keys alone in the indexes unless asked", () => {
  const indexes = (ProjectionType: string) => [
    Match.objectLike({ IndexName: "gsi1", Projection: { ProjectionType } }),
    Match.objectLike({ IndexName: "due", Projection: { ProjectionType } }),
  ];
  template().hasResourceProperties("AWS::DynamoDB::Table", {
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "sk", KeyType: "RANGE" },
    ],
    TimeToLiveSpecification: { AttributeName: "exp", Enabled: true },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    GlobalSecondaryIndexes: indexes("KEYS_ONLY"),
  });
  template({ indexes: "whole" }).hasResourceProperties("AWS::DynamoDB::Table", {
    GlobalSecondaryIndexes: indexes("ALL"),
  });
});

it("makes no table beside one that is there", () => {
  template({ existingName: "restored" }).resourceCountIs("AWS::DynamoDB::Table", 0);
});

it("keeps the table when it is to be kept", () => {
  const [table] = Object.values(template().findResources("AWS::DynamoDB::Table"));
  expect(table).toMatchObject({ DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" });
});
