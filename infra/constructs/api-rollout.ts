import { Duration } from "aws-cdk-lib";
import type * as apigateway from "aws-cdk-lib/aws-apigateway";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import * as actions from "aws-cdk-lib/aws-cloudwatch-actions";
import * as codedeploy from "aws-cdk-lib/aws-codedeploy";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import type * as sns from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";

export interface ApiRolloutProps {
  readonly alias: lambda.Alias;
  readonly restApi: apigateway.RestApi;
  readonly rollout: "canary" | "all-at-once";
  readonly topic: sns.ITopic;
}

/**
 * How requests come to a new version of the API function: a tenth of them for five minutes, then all; or all at once.
 * Two alarms take a canary back by themselves: the function fails, or the gateway answers with 5xx.
 */
export class ApiRollout extends Construct {
  constructor(scope: Construct, id: string, { alias, restApi, rollout, topic }: ApiRolloutProps) {
    super(scope, id);
    if (rollout === "all-at-once") return;
    const minute = { period: Duration.minutes(1), statistic: "Sum" };
    const alarm = (name: string, metric: cloudwatch.Metric, what: string) => {
      const made = new cloudwatch.Alarm(this, name, {
        metric,
        threshold: mostErrors,
        evaluationPeriods: 1,
        comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
        alarmDescription: `${what}; a new version is taken back. What to do: docs/runbook.md#api-errors`,
      });
      made.addAlarmAction(new actions.SnsAction(topic));
      made.addOkAction(new actions.SnsAction(topic));
      return made;
    };
    new codedeploy.LambdaDeploymentGroup(this, "Group", {
      alias,
      deploymentConfig: codedeploy.LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
      alarms: [
        alarm("FunctionFails", alias.metricErrors(minute), "the API function fails"),
        alarm("GatewayFails", restApi.metricServerError(minute), "the gateway answers with 5xx"),
      ],
      autoRollback: { failedDeployment: true, stoppedDeployment: true, deploymentInAlarm: true },
    });
  }
}

/** In a minute. One client that retries a request which always fails does not reach it. */
const mostErrors = 5;
