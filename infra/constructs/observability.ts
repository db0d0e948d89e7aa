import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import * as actions from "aws-cdk-lib/aws-cloudwatch-actions";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import * as logs from "aws-cdk-lib/aws-logs";
import * as sns from "aws-cdk-lib/aws-sns";
import * as subscriptions from "aws-cdk-lib/aws-sns-subscriptions";
import type * as sqs from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { WorkQueue } from "./work-queue.ts";

export interface ObservabilityProps {
  readonly jobs: WorkQueue;
  /** Shares the dead letters of `jobs`. */
  readonly batch: WorkQueue;
  readonly notices: WorkQueue;
  /** Steps of runs. */
  readonly runs: WorkQueue;
  readonly functions: {
    readonly api: lambda.Function;
    readonly dispatcher: lambda.Function;
    readonly runs: lambda.Function;
    readonly tick: lambda.Function;
  };
  readonly tickLogs: logs.ILogGroup;
  readonly dispatcherLogs: logs.ILogGroup;
  /** Namespace of the metrics that workers write into their logs. */
  readonly namespace: string;
  readonly alarmEmail?: string;
}

interface LogMetrics {
  readonly noSpot: cloudwatch.Metric;
  readonly delivered: cloudwatch.Metric;
  readonly undelivered: cloudwatch.Metric;
}

/** Where each alarm is explained: what it means, how to look, what to do. */
const runbook = "docs/runbook.md";

/** One dashboard, and the alarms that should wake an operator. Every alarm names its section of the runbook. */
export class Observability extends Construct {
  readonly topic: sns.Topic;

  constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id);
    const { alarmEmail } = props;
    this.topic = new sns.Topic(this, "Alarms", { enforceSSL: true, displayName: "Z-Image alarms" });
    if (alarmEmail !== undefined) this.topic.addSubscription(new subscriptions.EmailSubscription(alarmEmail));

    const metrics = this.#logMetrics(props);
    this.#alarms(props, metrics);
    this.#dashboard(props, metrics);
  }

  /** Counts that exist only as lines of the functions' logs. */
  #logMetrics({ namespace, tickLogs, dispatcherLogs }: ObservabilityProps): LogMetrics {
    const fromLog = (logGroup: logs.ILogGroup, metricName: string, filterPattern: logs.IFilterPattern) =>
      new logs.MetricFilter(this, metricName, {
        logGroup,
        filterPattern,
        metricNamespace: namespace,
        metricName,
        metricValue: "1",
      }).metric({ statistic: "Sum", period: Duration.minutes(5) });
    const deliveryStatus = (status: string) => logs.FilterPattern.stringValue("$.status", "=", status);
    return {
      noSpot: fromLog(tickLogs, "SpotMissing", logs.FilterPattern.stringValue("$.reason", "=", "*no spot*")),
      delivered: fromLog(dispatcherLogs, "WebhooksDelivered", deliveryStatus("delivered")),
      undelivered: fromLog(dispatcherLogs, "WebhooksFailed", deliveryStatus("failed")),
    };
  }

  #alarms({ jobs, notices, runs, functions, namespace }: ObservabilityProps, { noSpot }: LogMetrics): void {
    const jobFailures = workerMetric(namespace, "JobFailed", "Sum");
    this.#alarm("JobsWait", "jobs-wait", age(jobs.queue), 900, 5, "the oldest job has waited for 15 minutes");
    this.#alarm("JobsDead", "dead-letters", dead(jobs.deadLetters), 0, 1, "a job's message was given up");
    this.#alarm(
      "NoticesDead",
      "dead-letters",
      dead(notices.deadLetters),
      0,
      1,
      "a notice to the dispatcher was given up",
    );
    this.#alarm("StepsDead", "dead-letters", dead(runs.deadLetters), 0, 1, "a step of a batch was given up");
    this.#alarm("RunErrors", "batches", functions.runs.metricErrors(fiveMinutes), 4, 1, "steps of batches fail");
    this.#alarm("ApiErrors", "api-errors", functions.api.metricErrors(fiveMinutes), 4, 1, "the API function fails");
    this.#alarm(
      "ApiThrottled",
      "api-errors",
      functions.api.metricThrottles(fiveMinutes),
      0,
      2,
      "the API function is throttled",
    );
    this.#alarm(
      "DispatcherErrors",
      "webhooks",
      functions.dispatcher.metricErrors(fiveMinutes),
      4,
      1,
      "the webhook dispatcher fails",
    );
    this.#alarm(
      "TickErrors",
      "tick",
      functions.tick.metricErrors(fiveMinutes),
      2,
      1,
      "the tick fails: nothing is repaired or scaled",
    );
    this.#alarm(
      "TickMissing",
      "tick",
      functions.tick.metricInvocations(fiveMinutes),
      1,
      3,
      "the tick does not run",
      "below",
    );
    this.#alarm("NoSpot", "no-spot", noSpot, 0, 3, "spot machines are not to be had; workers run on demand");
    this.#alarm("JobFailures", "job-failures", jobFailures, 4, 1, "attempts at jobs fail");
  }

  #dashboard(props: ObservabilityProps, { delivered, undelivered }: LogMetrics): void {
    const { jobs, batch, notices, runs, functions, namespace } = props;
    const workers = (metricName: string, statistic: string, period?: Duration) =>
      workerMetric(namespace, metricName, statistic, period);
    const graph = (title: string, left: cloudwatch.IMetric[], right: cloudwatch.IMetric[] = []) =>
      new cloudwatch.GraphWidget({ title, left, right, width: 8, height: 6 });
    const pricePer1000 = new cloudwatch.MathExpression({
      label: "GPU seconds per 1,000 images (× price per second = cost)",
      expression: "IF(images > 0, 1000 * upS / images, 0)",
      usingMetrics: {
        upS: workers("WorkerUpSeconds", "Sum", Duration.hours(1)),
        images: workers("Images", "Sum", Duration.hours(1)),
      },
      period: Duration.hours(1),
    });
    new cloudwatch.Dashboard(this, "Dashboard", {
      widgets: [
        [
          graph(
            "Queue: waiting, and age of the oldest (s)",
            [
              jobs.queue.metricApproximateNumberOfMessagesVisible(),
              jobs.queue.metricApproximateNumberOfMessagesNotVisible(),
              batch.queue.metricApproximateNumberOfMessagesVisible({ label: "batch, waiting" }),
            ],
            [age(jobs.queue)],
          ),
          graph(
            "Wait until begun (ms)",
            ["p50", "p95", "p99"].map((statistic) => workers("WaitMs", statistic)),
          ),
          graph("Jobs: succeeded, failed attempts", [workers("JobSucceeded", "Sum"), workers("JobFailed", "Sum")]),
        ],
        [
          graph("GPU busy share (%)", [workers("BusyPercent", "Average")]),
          graph("Cost per 1,000 images", [pricePer1000]),
          graph("Step (ms), load of the model (ms)", [workers("StepMs", "p50")], [workers("LoadMs", "Maximum")]),
        ],
        [
          graph("Webhooks: delivered, given up; age of notices (s)", [delivered, undelivered], [age(notices.queue)]),
          graph(
            "API: invocations, errors, duration p95 (ms)",
            [functions.api.metricInvocations(), functions.api.metricErrors()],
            [functions.api.metricDuration({ statistic: "p95" })],
          ),
          graph(
            "Memory of workers (MiB), dead letters",
            [workers("RssMiB", "Maximum")],
            [dead(jobs.deadLetters), dead(notices.deadLetters), dead(runs.deadLetters)],
          ),
        ],
      ],
    });
  }

  #alarm(
    id: string,
    section: string,
    metric: cloudwatch.IMetric,
    threshold: number,
    evaluationPeriods: number,
    what: string,
    side: "above" | "below" = "above",
  ): void {
    const alarm = new cloudwatch.Alarm(this, id, {
      metric,
      threshold,
      evaluationPeriods,
      comparisonOperator:
        side === "above"
          ? cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
          : cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData:
        side === "above" ? cloudwatch.TreatMissingData.NOT_BREACHING : cloudwatch.TreatMissingData.BREACHING,
      alarmDescription: `${what}. What to do: ${runbook}#${section}`,
    });
    alarm.addAlarmAction(new actions.SnsAction(this.topic));
  }
}

const fiveMinutes = { period: Duration.minutes(5) };

/** What workers write into their logs under `namespace`. */
function workerMetric(namespace: string, metricName: string, statistic: string, period = Duration.minutes(5)) {
  return new cloudwatch.Metric({ namespace, metricName, statistic, period });
}

function age(queue: sqs.Queue): cloudwatch.Metric {
  return queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(1) });
}

function dead(queue: sqs.Queue): cloudwatch.Metric {
  return queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: "Maximum" });
}
