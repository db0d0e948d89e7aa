import { beforeAll, describe, expect, it } from "vitest";
import { type Named, ofType, property, resourcesOf } from "../../guarantees/guarantee.ts";
import { synthesize } from "../../synthesize.ts";

/** Values of metrics, one a minute and metric; `undefined` where nothing is reported in that minute. */
type Trace = { readonly [metric: string]: readonly (number | undefined)[] };

interface MetricOfAlarm {
  readonly MetricName: string;
  readonly Namespace: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
  readonly Statistic?: string;
  readonly ExtendedStatistic?: string;
  readonly Period: number;
}

/**
 * CloudWatch's evaluation at the end of a trace: the last periods, each by its statistic, all of which must be beyond
 * the threshold.
 */
function fires({ Properties }: Named, trace: Trace): boolean {
  const periods = Number(Properties.EvaluationPeriods);
  const isBeyond = (value: number) =>
    Properties.ComparisonOperator === "GreaterThanThreshold"
      ? value > Number(Properties.Threshold)
      : value < Number(Properties.Threshold);
  return Array.from({ length: periods }, (_, index) => valueAt(Properties, trace, index)).every((value) =>
    value === undefined ? Properties.TreatMissingData === "breaching" : isBeyond(value),
  );
}

/** The metric, or the sum of metrics, in the period that ended `back` periods ago. */
function valueAt(properties: Named["Properties"], trace: Trace, back: number): number | undefined {
  const parts = (
    properties.Metrics as
      | { readonly MetricStat?: { readonly Metric: MetricOfAlarm; readonly Stat: string; readonly Period: number } }[]
      | undefined
  )
    ?.map(({ MetricStat }) => MetricStat)
    .filter((one) => one !== undefined)
    .map(({ Metric, Stat, Period }) => ({ ...Metric, Statistic: Stat, Period }));
  if (parts === undefined) return ofPeriod(properties as unknown as MetricOfAlarm, trace, back);
  return parts.reduce((sum, part) => sum + (ofPeriod(part, trace, back) ?? 0), 0);
}

function ofPeriod(metric: MetricOfAlarm, trace: Trace, back: number): number | undefined {
  const minutes = metric.Period / 60;
  const series = trace[nameOf(metric)] ?? [];
  const end = series.length - back * minutes;
  const values = series.slice(Math.max(0, end - minutes), Math.max(0, end)).filter((value) => value !== undefined);
  if (values.length === 0) return undefined;
  if (metric.Statistic === "Sum") return values.reduce((sum, value) => sum + value, 0);
  return Math.max(...values);
}

/** The metric with the construct or value that it is of, such as `Throttles ApiFunction`. */
function nameOf({ MetricName, Dimensions = [] }: MetricOfAlarm): string {
  const of = Dimensions.filter(({ Name }) => Name !== "Stage" && Name !== "Resource").map(({ Value }) => {
    const id = property(Value, "Ref") ?? property(Value, "Fn::GetAtt", 0) ?? Value;
    return String(id).replace(/[0-9A-F]{8}$/, "");
  });
  return [MetricName, ...of].join(" ");
}

const minutes = (count: number, value: number | undefined) => Array.from({ length: count }, () => value);
const age = "ApproximateAgeOfOldestMessage";
const visible = "ApproximateNumberOfMessagesVisible";

/** For each alarm a trace that makes it fire, and one that is as near to it as an ordinary day comes. */
const cases: { readonly [alarm: string]: readonly [bad: Trace, good: Trace] } = {
  JobsWait: [
    { [`${age} JobQueue`]: [300, 600, ...minutes(5, 960)] },
    { [`${age} JobQueue`]: [...minutes(4, 960), 120] },
  ],
  JobsStartLate: [
    { "WaitMs interactive": minutes(10, 1_200_000) },
    // The fleet starts: six minutes for the first jobs.
    { "WaitMs interactive": minutes(10, 360_000) },
  ],
  BatchWaits: [{ [`${age} BatchQueue`]: minutes(5, 3_700) }, { [`${age} BatchQueue`]: minutes(60, 1_800) }],
  NoSpot: [{ spotAvoided: minutes(30, 1) }, { spotAvoided: [...minutes(9, 1), ...minutes(6, 0)] }],
  NothingDrawn: [
    { vainMinutes: Array.from({ length: 20 }, (_, minute) => minute) },
    { vainMinutes: Array.from({ length: 20 }, (_, minute) => minute % 9) },
  ],
  TasksFail: [{ tasksFailed: [0, 1, 2, 3] }, { tasksFailed: minutes(30, 1) }],
  VersionRefused: [{ versionRefused: [0, 0, 1] }, { versionRefused: minutes(30, 0) }],
  JobFailures: [{ JobFailed: minutes(5, 1) }, { JobFailed: [undefined, 1, undefined, 1, 2] }],
  ApiErrors: [{ "Errors ApiFunction": minutes(5, 1) }, { "Errors ApiFunction": [0, 1, 0, 1, 0] }],
  GatewayErrors: [{ "5XXError ZImage-test": minutes(5, 2) }, { "5XXError ZImage-test": [0, 0, 3, 0, 0] }],
  FunctionsThrottled: [
    { "Throttles ApiFunction": [...minutes(9, 0), 40], "Throttles TickFunction": [0, 0, 0, 1, ...minutes(6, 0)] },
    { "Throttles ApiFunction": [...minutes(9, 0), 40] },
  ],
  RunErrors: [{ "Errors RunsFunction": minutes(5, 1) }, { "Errors RunsFunction": [0, 2, 0, 0, 2] }],
  DispatcherErrors: [{ "Errors DispatcherFunction": minutes(5, 1) }, { "Errors DispatcherFunction": [0, 2, 0, 0, 2] }],
  TickErrors: [{ "Errors TickFunction": [1, 1, 1, 0, 0] }, { "Errors TickFunction": [0, 1, 0, 1, 0] }],
  TickMissing: [
    { "Invocations TickFunction": minutes(15, undefined) },
    { "Invocations TickFunction": [...minutes(10, undefined), ...minutes(5, 1)] },
  ],
  FunctionFails: [{ "Errors ApiFunction": [0, 10] }, { "Errors ApiFunction": [10, 1] }],
  GatewayFails: [{ "5XXError ZImage-test": minutes(6, 6) }, { "5XXError ZImage-test": minutes(6, 0) }],
  JobsDead: [{ [`${visible} JobQueueDeadLetters`]: [0, 1] }, { [`${visible} JobQueueDeadLetters`]: [0, 0] }],
  NoticesDead: [{ [`${visible} NoticeQueueDeadLetters`]: [0, 1] }, { [`${visible} NoticeQueueDeadLetters`]: [0, 0] }],
  StepsDead: [{ [`${visible} RunQueueDeadLetters`]: [0, 1] }, { [`${visible} RunQueueDeadLetters`]: [0, 0] }],
  TableThrottled: [
    {
      "ReadThrottleEvents JobsTable": [...minutes(5, 3), ...minutes(5, 0)],
      "WriteThrottleEvents JobsTable": [...minutes(5, 0), ...minutes(5, 1)],
    },
    { "WriteThrottleEvents JobsTable": [...minutes(8, 0), 20, 0] },
  ],
};

let alarms: readonly Named[];
beforeAll(() => {
  alarms = ofType(resourcesOf(synthesize({ workerImage: "z-image-worker:v1" })), "AWS::CloudWatch::Alarm");
});

const alarmOf = (name: string) =>
  alarms.find(({ id }) => new RegExp(`^(Observability|ApiRollout)${name}[0-9A-F]{8}$`).test(id))!;

describe("alarms", () => {
  it("have a trace each", () => {
    const names = alarms.map(({ id }) => id.replace(/^(Observability|ApiRollout)/, "").replace(/[0-9A-F]{8}$/, ""));
    expect(names.sort()).toEqual(Object.keys(cases).sort());
  });

  it.each(Object.entries(cases))("%s fires when it should, and only then", (name, [bad, good]) => {
    expect(fires(alarmOf(name), bad)).toBe(true);
    expect(fires(alarmOf(name), good)).toBe(false);
  });

  it("say when it is over, too", () => {
    for (const { Properties } of alarms) expect(Properties.OKActions).toEqual(Properties.AlarmActions);
  });
});
