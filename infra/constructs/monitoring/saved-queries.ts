import * as logs from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";

export interface SavedQueriesProps {
  /** The queries' folder in the console. */
  readonly folder: string;
  readonly api: logs.ILogGroup;
  readonly dispatcher: logs.ILogGroup;
  readonly runs: logs.ILogGroup;
  readonly tick: logs.ILogGroup;
  readonly workers: logs.ILogGroup;
}

/** Saved queries of CloudWatch Logs Insights: the questions that the runbook asks. */
export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, { folder, ...groups }: SavedQueriesProps) {
    super(scope, id);
    const { api, dispatcher, runs, tick, workers } = groups;
    const all = [api, dispatcher, runs, tick, workers];
    const query = (name: string, logGroups: logs.ILogGroup[], lines: readonly string[]) => {
      const made = new logs.CfnQueryDefinition(this, name.replaceAll(" ", ""), {
        name: `${folder}/${name}`,
        logGroupNames: logGroups.map(({ logGroupName }) => logGroupName),
        queryString: lines.join("\n| "),
      });
      return made;
    };
    query("One job", all, [
      "fields time, level, message, error, @log",
      "filter jobId = 'job_PUT_THE_ID_HERE'",
      "sort time asc",
    ]);
    query("One trace", all, [
      "fields time, level, message, jobId, error, @log",
      "filter traceId = 'PUT_THE_TRACE_ID_HERE'",
      "sort time asc",
    ]);
    query(
      "Refused requests",
      [api],
      ["filter message = 'request refused'", "stats count(*) as refused by code, keyId", "sort refused desc"],
    );
    query(
      "Failed attempts",
      [workers],
      [
        "filter message = 'attempt failed'",
        "stats count(*) as failed, latest(jobId) as example by error",
        "sort failed desc",
      ],
    );
    query(
      "Machines and why",
      [tick],
      [
        "filter message = 'fleet size set'",
        "fields time, waiting, spot, spotRunning, onDemand, onDemandRunning, reason",
        "sort time desc",
      ],
    );
    query(
      "Starts of workers",
      [workers],
      [
        "filter message in ['weights downloaded', 'worker ready', 'worker stopped']",
        "fields time, message, ms, bytes, workerId",
        "sort time desc",
      ],
    );
    query(
      "Receivers that fail",
      [dispatcher],
      [
        "filter message = 'webhook attempt' and status != 'delivered'",
        "stats count(*) as failed, latest(statusCode) as statusCode, latest(error) as lately by host",
        "sort failed desc",
      ],
    );
    query(
      "Starts of functions",
      [api, dispatcher, runs, tick],
      [
        "filter @type = 'REPORT' and ispresent(@initDuration)",
        "stats count(*) as starts, pct(@initDuration, 50) as p50, max(@initDuration) as longest by @log, bin(1h)",
      ],
    );
    query("Errors", all, ["filter level = 'error'", "stats count(*) as errors by message, @log", "sort errors desc"]);
  }
}
