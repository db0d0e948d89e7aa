import { atLeast, type Guarantee, ids, ofType, property, statementsOf } from "./guarantee.ts";

/** Guarantees for logs and alarms. */
export const monitoringGuarantees: readonly Guarantee[] = [
  {
    name: "every log group forgets",
    broken(resources) {
      const groups = ofType(resources, "AWS::Logs::LogGroup");
      return [
        ...ids(groups.filter(({ Properties }) => !(Number(Properties.RetentionInDays) > 0))),
        ...ofType(resources, "AWS::Lambda::Function")
          .filter(({ Properties }) => property(Properties, "LoggingConfig", "LogGroup") === undefined)
          .map(({ id }) => `${id} logs into a group of its own making`),
        ...atLeast(groups, 5, "AWS::Logs::LogGroup"),
      ];
    },
  },
  {
    name: "alarms report dead letters, waiting jobs and a stopped tick, and say what to do",
    broken(resources) {
      const alarms = ofType(resources, "AWS::CloudWatch::Alarm");
      const missing = [
        "JobsWait",
        "JobsStartLate",
        "BatchWaits",
        "NoSpot",
        "NothingDrawn",
        "TasksFail",
        "VersionRefused",
        "GatewayErrors",
        "FunctionsThrottled",
        "TableThrottled",
        "JobsDead",
        "NoticesDead",
        "StepsDead",
        "RunErrors",
        "ApiErrors",
        "DispatcherErrors",
        "TickErrors",
        "TickMissing",
      ].filter((name) => !alarms.some(({ id }) => id.includes(name)));
      const policies = ofType(resources, "AWS::SNS::TopicPolicy");
      // A topic with a policy has no other: the one by which AWS lets an account's own alarms publish is gone.
      const silent = policies.filter(
        ({ Properties }) =>
          !statementsOf(Properties).some(
            ({ Effect, Action, Principal }) =>
              Effect === "Allow" &&
              [Action].flat().includes("sns:Publish") &&
              property(Principal, "Service") === "cloudwatch.amazonaws.com",
          ),
      );
      return [
        ...missing.map((name) => `no alarm ${name}`),
        ...silent.map(({ id }) => `${id} lets no alarm publish`),
        ...atLeast(policies, 1, "AWS::SNS::TopicPolicy"),
        ...alarms
          .filter(({ Properties }) => !((Properties.AlarmActions as unknown[] | undefined) ?? []).length)
          .map(({ id }) => `${id} notifies no one`),
        ...alarms
          .filter(({ Properties }) => !((Properties.OKActions as unknown[] | undefined) ?? []).length)
          .map(({ id }) => `${id} never says that it is over`),
        ...alarms
          .filter(({ Properties }) => !/docs\/runbook\.md#[a-z-]+$/.test(String(Properties.AlarmDescription)))
          .map(({ id }) => `${id} has no runbook`),
      ];
    },
  },
];
