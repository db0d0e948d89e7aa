import { each, type Mutation, policy, remove } from "./mutation.ts";

/** Each breaks one of `monitoringGuarantees`. */
export const monitoringMutations: readonly Mutation[] = [
  [
    "alarms may not publish to their topic",
    /lets no alarm publish/,
    (t) =>
      each(t, "AWS::SNS::TopicPolicy", /./, (one) => {
        one.Properties.PolicyDocument.Statement = policy(one).filter(
          ({ Effect }: { Effect: string }) => Effect === "Deny",
        );
      }),
  ],
  [
    "a log group loses its retention",
    /forgets.*TickLogs/,
    (t) =>
      each(t, "AWS::Logs::LogGroup", /^TickLogs/, ({ Properties }) => {
        delete Properties.RetentionInDays;
      }),
  ],
  [
    "a function logs elsewhere",
    /logs into a group of its own/,
    (t) =>
      each(t, "AWS::Lambda::Function", /^Tick/, ({ Properties }) => {
        delete Properties.LoggingConfig;
      }),
  ],
  ["an alarm goes", /no alarm JobsDead/, (t) => remove(t, "AWS::CloudWatch::Alarm", /JobsDead/)],
  [
    "an alarm notifies no one",
    /notifies no one/,
    (t) =>
      each(t, "AWS::CloudWatch::Alarm", /JobsWait/, ({ Properties }) => {
        delete Properties.AlarmActions;
      }),
  ],
  [
    "an alarm loses its runbook",
    /has no runbook/,
    (t) =>
      each(t, "AWS::CloudWatch::Alarm", /JobsWait/, ({ Properties }) => {
        Properties.AlarmDescription = "bad";
      }),
  ],
  [
    "an alarm does not say when it is over",
    /never says that it is over/,
    (t) =>
      each(t, "AWS::CloudWatch::Alarm", /NoSpot/, ({ Properties }) => {
        delete Properties.OKActions;
      }),
  ],
];
