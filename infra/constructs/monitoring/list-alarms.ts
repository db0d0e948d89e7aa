import { Duration } from "aws-cdk-lib";
import type * as apigateway from "aws-cdk-lib/aws-apigateway";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import type * as dynamodb from "aws-cdk-lib/aws-dynamodb";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import type * as sqs from "aws-cdk-lib/aws-sqs";
import type { FleetGauges } from "../../../shared/fair-queue/fleet-gauges.ts";
import type { WorkQueue } from "../work-queue.ts";

/** What is alarmed on. */
export interface AlarmSources {
  readonly jobs: WorkQueue;
  /** Shares the dead letters of `jobs`. */
  readonly batch: WorkQueue;
  readonly notices: WorkQueue;
  /** Steps of runs. */
  readonly runs: WorkQueue;
  readonly functions: { readonly [name in "api" | "dispatcher" | "runs" | "tick"]: lambda.Function };
  readonly table: dynamodb.ITable;
  readonly restApi: apigateway.RestApi;
  /** Namespace of the metrics that workers and the tick write into their logs. */
  readonly namespace: string;
}

export interface AlarmRule {
  readonly id: string;
  /** Section of docs/runbook.md. */
  readonly section: string;
  readonly what: string;
  readonly metric: cloudwatch.IMetric;
  /** Fires beyond it. */
  readonly threshold: number;
  /** Periods in a row. @default 1 */
  readonly periods?: number;
  /** @default above */
  readonly side?: "above" | "below";
}

/** Longest that a job may wait before an alarm, in seconds. */
const interactiveWaitS = 900;
const batchWaitS = 3_600;

const fiveMinutes = { period: Duration.minutes(5) };

/** Every alarm of a deployment: what should wake an operator, and nothing else. */
export function listAlarms(sources: AlarmSources): readonly AlarmRule[] {
  return [...waitAlarms(sources), ...fleetAlarms(sources), ...functionAlarms(sources), ...storeAlarms(sources)];
}

function waitAlarms({ jobs, batch, namespace }: AlarmSources): readonly AlarmRule[] {
  const section = "jobs-wait";
  const startedLate = new cloudwatch.Metric({
    namespace,
    metricName: "WaitMs",
    dimensionsMap: { lane: "interactive" },
    statistic: "p95",
    ...fiveMinutes,
  });
  return [
    {
      id: "JobsWait",
      section,
      what: "the oldest job has waited for 15 minutes",
      metric: age(jobs.queue),
      threshold: interactiveWaitS,
      periods: 5,
    },
    {
      id: "JobsStartLate",
      section,
      what: "jobs begin after more than 15 minutes (p95)",
      metric: startedLate,
      threshold: interactiveWaitS * 1000,
      periods: 2,
    },
    {
      id: "BatchWaits",
      section,
      what: "the oldest job of a batch has been queued for an hour",
      metric: age(batch.queue),
      threshold: batchWaitS,
      periods: 5,
    },
  ];
}

function fleetAlarms({ namespace }: AlarmSources): readonly AlarmRule[] {
  const gauge = (metricName: keyof FleetGauges) =>
    new cloudwatch.Metric({ namespace, metricName, statistic: "Maximum", ...fiveMinutes });
  const failures = new cloudwatch.Metric({ namespace, metricName: "JobFailed", statistic: "Sum", ...fiveMinutes });
  return [
    {
      id: "NoSpot",
      section: "no-spot",
      what: "spot machines are not to be had; workers run on demand",
      metric: gauge("spotAvoided"),
      threshold: 0,
      periods: 3,
    },
    {
      id: "NothingDrawn",
      section: "nothing-drawn",
      what: "jobs wait beside workers, and no image is drawn",
      metric: gauge("vainMinutes"),
      threshold: 15,
    },
    {
      id: "TasksFail",
      section: "nothing-drawn",
      what: "workers cannot be started",
      metric: gauge("tasksFailed"),
      threshold: 2,
    },
    {
      id: "VersionRefused",
      section: "nothing-drawn",
      what: "the worker version deployed last is refused",
      metric: gauge("versionRefused"),
      threshold: 0,
    },
    { id: "JobFailures", section: "job-failures", what: "attempts at jobs fail", metric: failures, threshold: 4 },
  ];
}

function functionAlarms({ functions, restApi }: AlarmSources): readonly AlarmRule[] {
  const { api, dispatcher, runs, tick } = functions;
  const throttled = sum(
    "throttles",
    [api, dispatcher, runs, tick].map((one) => one.metricThrottles(fiveMinutes)),
  );
  return [
    {
      id: "ApiErrors",
      section: "api-errors",
      what: "the API function fails",
      metric: api.metricErrors(fiveMinutes),
      threshold: 4,
    },
    {
      id: "GatewayErrors",
      section: "api-errors",
      what: "API Gateway answers with 5xx",
      metric: restApi.metricServerError({ statistic: "Sum", ...fiveMinutes }),
      threshold: 4,
    },
    {
      id: "FunctionsThrottled",
      section: "api-errors",
      what: "Lambda's concurrency is used up",
      metric: throttled,
      threshold: 0,
      periods: 2,
    },
    {
      id: "RunErrors",
      section: "batches",
      what: "steps of batches fail",
      metric: runs.metricErrors(fiveMinutes),
      threshold: 4,
    },
    {
      id: "DispatcherErrors",
      section: "webhooks",
      what: "the webhook dispatcher fails",
      metric: dispatcher.metricErrors(fiveMinutes),
      threshold: 4,
    },
    {
      id: "TickErrors",
      section: "tick",
      what: "the tick fails: nothing is repaired or scaled",
      metric: tick.metricErrors(fiveMinutes),
      threshold: 2,
    },
    {
      id: "TickMissing",
      section: "tick",
      what: "the tick does not run",
      metric: tick.metricInvocations(fiveMinutes),
      threshold: 1,
      periods: 3,
      side: "below",
    },
  ];
}

function storeAlarms({ jobs, notices, runs, table }: AlarmSources): readonly AlarmRule[] {
  const section = "dead-letters";
  const throttleEvents = ["ReadThrottleEvents", "WriteThrottleEvents"].map(
    (metricName) =>
      new cloudwatch.Metric({
        namespace: "AWS/DynamoDB",
        metricName,
        dimensionsMap: { TableName: table.tableName },
        statistic: "Sum",
        ...fiveMinutes,
      }),
  );
  return [
    { id: "JobsDead", section, what: "a job's message was given up", metric: dead(jobs.deadLetters), threshold: 0 },
    {
      id: "NoticesDead",
      section,
      what: "a notice to the dispatcher was given up",
      metric: dead(notices.deadLetters),
      threshold: 0,
    },
    { id: "StepsDead", section, what: "a step of a batch was given up", metric: dead(runs.deadLetters), threshold: 0 },
    {
      id: "TableThrottled",
      section: "table-throttled",
      what: "DynamoDB throttles the table",
      metric: sum("throttle events", throttleEvents),
      threshold: 0,
      periods: 2,
    },
  ];
}

/** Metrics without a value in a period count as 0. */
function sum(label: string, metrics: readonly cloudwatch.IMetric[]): cloudwatch.MathExpression {
  const named = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
  const expression = Object.keys(named)
    .map((name) => `FILL(${name}, 0)`)
    .join(" + ");
  return new cloudwatch.MathExpression({ label, expression, usingMetrics: named, ...fiveMinutes });
}

export function age(queue: sqs.Queue): cloudwatch.Metric {
  return queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(1) });
}

export function dead(queue: sqs.Queue): cloudwatch.Metric {
  return queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: "Maximum" });
}
