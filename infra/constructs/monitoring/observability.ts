import { Duration, Stack } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import * as actions from "aws-cdk-lib/aws-cloudwatch-actions";
import * as iam from "aws-cdk-lib/aws-iam";
import * as logs from "aws-cdk-lib/aws-logs";
import * as sns from "aws-cdk-lib/aws-sns";
import * as subscriptions from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";
import { type FleetGauges, fleetLogMessage } from "../../../shared/fair-queue/fleet-gauges.ts";
import { type AlarmRule, type AlarmSources, age, dead, listAlarms } from "./list-alarms.ts";

export interface ObservabilityProps extends AlarmSources {
  readonly tickLogs: logs.ILogGroup;
  readonly dispatcherLogs: logs.ILogGroup;
  readonly alarmEmail?: string;
}

interface LogMetrics {
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
    // The policy that asks for TLS replaces the one that lets the account's own alarms publish.
    this.topic.addToResourcePolicy(
      new iam.PolicyStatement({
        actions: ["sns:Publish"],
        principals: [new iam.ServicePrincipal("cloudwatch.amazonaws.com")],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
      }),
    );
    if (alarmEmail !== undefined) this.topic.addSubscription(new subscriptions.EmailSubscription(alarmEmail));

    const metrics = this.#logMetrics(props);
    for (const rule of listAlarms(props)) this.#alarm(rule);
    this.#dashboard(props, metrics);
  }

  /** Counts that exist only as lines of the functions' logs. */
  #logMetrics({ namespace, tickLogs, dispatcherLogs }: ObservabilityProps): LogMetrics {
    const fromLog = (logGroup: logs.ILogGroup, metricName: string, filterPattern: logs.IFilterPattern, value = "1") =>
      new logs.MetricFilter(this, metricName, {
        logGroup,
        filterPattern,
        metricNamespace: namespace,
        metricName,
        metricValue: value,
      }).metric({ statistic: "Sum", period: Duration.minutes(5) });
    const deliveryStatus = (status: string) => logs.FilterPattern.stringValue("$.status", "=", status);
    for (const gauge of fleetGauges) {
      fromLog(tickLogs, gauge, logs.FilterPattern.stringValue("$.message", "=", fleetLogMessage), `$.${gauge}`);
    }
    return {
      delivered: fromLog(dispatcherLogs, "WebhooksDelivered", deliveryStatus("delivered")),
      undelivered: fromLog(dispatcherLogs, "WebhooksFailed", deliveryStatus("failed")),
    };
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

  #alarm({ id, section, what, metric, threshold, periods = 1, side = "above" }: AlarmRule): void {
    const alarm = new cloudwatch.Alarm(this, id, {
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator:
        side === "above"
          ? cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
          : cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData:
        side === "above" ? cloudwatch.TreatMissingData.NOT_BREACHING : cloudwatch.TreatMissingData.BREACHING,
      alarmDescription: `${what}. What to do: ${runbook}#${section}`,
    });
    alarm.addAlarmAction(new actions.SnsAction(this.topic));
    alarm.addOkAction(new actions.SnsAction(this.topic));
  }
}

/** What workers write into their logs under `namespace`. */
function workerMetric(namespace: string, metricName: string, statistic: string, period = Duration.minutes(5)) {
  return new cloudwatch.Metric({ namespace, metricName, statistic, period });
}

const fleetGauges: readonly (keyof FleetGauges)[] = ["spotAvoided", "vainMinutes", "tasksFailed", "versionRefused"];
