import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import * as iam from "aws-cdk-lib/aws-iam";
import * as sqs from "aws-cdk-lib/aws-sqs";
import { expect, it } from "vitest";
import { belongToAccount } from "./belong-to-account.ts";

function template({ tags = "", permissionsBoundary = "" }) {
  const stack = new Stack(new App(), "ZImage-test", { env: { account: "123456789012", region: "us-east-1" } });
  new sqs.Queue(stack, "Queue");
  new cloudwatch.Dashboard(stack, "Dashboard");
  new iam.Role(stack, "Role", { assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com") });
  belongToAccount(stack, { environment: "test", tags, permissionsBoundary });
  return Template.fromStack(stack);
}

const only = (found: Template, type: string) => Object.values(found.findResources(type))[0]?.Properties;

it("tags everything with the deployment and the account's own tags, but dashboards", () => {
  const found = template({ tags: "team=images" });
  expect(only(found, "AWS::SQS::Queue").Tags).toEqual([
    { Key: "application", Value: "z-image-pipeline" },
    { Key: "deployment", Value: "ZImage-test" },
    { Key: "environment", Value: "test" },
    { Key: "team", Value: "images" },
  ]);
  expect(only(found, "AWS::CloudWatch::Dashboard")).not.toHaveProperty("Tags");
});

it.each([
  ["arn:aws:iam::123456789012:policy/edge", "arn:aws:iam::123456789012:policy/edge"],
  ["edge", { "Fn::Join": ["", ["arn:", { Ref: "AWS::Partition" }, ":iam::123456789012:policy/edge"]] }],
  ["", undefined],
])("puts the boundary %j on every role", (permissionsBoundary, expected) => {
  expect(only(template({ permissionsBoundary }), "AWS::IAM::Role").PermissionsBoundary).toEqual(expected);
});
