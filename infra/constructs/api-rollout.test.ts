import { App, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import * as apigateway from "aws-cdk-lib/aws-apigateway";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as sns from "aws-cdk-lib/aws-sns";
import { it } from "vitest";
import { ApiRollout, type ApiRolloutProps } from "./api-rollout.ts";

function template(rollout: ApiRolloutProps["rollout"]) {
  const stack = new Stack(new App(), "S");
  const api = new lambda.Function(stack, "Api", {
    code: lambda.Code.fromInline("exports.handler = () => {}"),
    handler: "index.handler",
    runtime: lambda.Runtime.NODEJS_24_X,
  });
  const alias = new lambda.Alias(stack, "Live", { aliasName: "live", version: api.currentVersion });
  const restApi = new apigateway.LambdaRestApi(stack, "Gateway", { handler: alias });
  new ApiRollout(stack, "Rollout", { alias, restApi, rollout, topic: new sns.Topic(stack, "Topic") });
  return Template.fromStack(stack);
}

it("gives a new version a tenth of the requests first, and takes it back on two alarms", () => {
  const canary = template("canary");
  canary.hasResourceProperties("AWS::CodeDeploy::DeploymentGroup", {
    DeploymentConfigName: "CodeDeployDefault.LambdaCanary10Percent5Minutes",
    AutoRollbackConfiguration: { Enabled: true, Events: Match.arrayWith(["DEPLOYMENT_STOP_ON_ALARM"]) },
  });
  canary.resourceCountIs("AWS::CloudWatch::Alarm", 2);
  // Five failures in a minute may be one client's; silence is none.
  canary.allResourcesProperties("AWS::CloudWatch::Alarm", {
    Threshold: 5,
    ComparisonOperator: "GreaterThanThreshold",
    TreatMissingData: "notBreaching",
    AlarmActions: Match.anyValue(),
  });
});

it("has nothing of that when all requests change over at once", () => {
  const atOnce = template("all-at-once");
  atOnce.resourceCountIs("AWS::CodeDeploy::DeploymentGroup", 0);
  atOnce.resourceCountIs("AWS::CloudWatch::Alarm", 0);
});
