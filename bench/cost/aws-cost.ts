import type { Report } from "../report.ts";
import { reportOf } from "../report.ts";
import prices from "./aws-prices.json" with { type: "json" };
import { type Counted, isOwn, partitionKind } from "./count-requests.ts";
import { type JobCase, JobsOnAws } from "./job-on-aws.ts";

/** What one job of a case costs. Units and requests are means over its jobs. */
export interface JobCost {
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Write units by stage of the job's life, and by kind of partition, most first. */
  readonly byStage: ReadonlyMap<string, number>;
  readonly byPartition: ReadonlyMap<string, number>;
  /** The partition that all jobs share and write most to. */
  readonly busiestShared: { readonly partition: string; readonly units: number };
  /** USD per 1,000 images, by service. */
  readonly dollars: ReadonlyMap<string, number>;
  readonly totalDollars: number;
}

interface CostCase extends JobCase {
  readonly maxWriteUnits: number | undefined;
}

export const costCases: readonly CostCase[] = [
  { name: "own webhook, nobody watches", promptCharacters: 60, isWatched: false, maxWriteUnits: 45 },
  { name: "the same, prompt of 1.6 KB", promptCharacters: 1_600, isWatched: false, maxWriteUnits: 60 },
  { name: "watched as a stream", promptCharacters: 60, isWatched: true, maxWriteUnits: undefined },
];
/** Most write units a job, in each case, on a partition that jobs of several accounts share. */
const maxSharedUnits = 4;
const maxDollars = 0.12;

const accounts = 4;
const jobsPerCase = 16;

/** Waits of a function on its drivers, one after the other, as `aws-scale` has them, and its own time; milliseconds. */
const waitsMs = { read: 5, write: 12, sqs: 8, s3: 15, own: 10, receiver: 100 };
const gigabytes: { readonly [stage: string]: number } = { submit: 1, fetch: 1, webhook: 0.5, tick: 0.25 };

/** @returns whether every target is met */
export async function benchAwsCost(report: Report): Promise<boolean> {
  let isMet = true;
  for (const one of costCases) {
    const cost = await costOf(one);
    const tell = reportOf("aws-cost", report);
    const figure = (what: string, value: number, unit: string, limit?: number) => {
      if (limit !== undefined && value > limit) isMet = false;
      const detail = limit === undefined ? one.name : `${one.name}; target ${limit}${value > limit ? ", MISSED" : ""}`;
      tell(what, value, unit, detail);
    };
    figure("write units a job", cost.writeUnits, "units", one.maxWriteUnits);
    figure("read units a job", cost.readUnits, "units");
    for (const [stage, units] of cost.byStage) figure(`write units: ${stage}`, units, "units");
    for (const [kind, units] of cost.byPartition) figure(`write units: ${kind}`, units, "units");
    const { partition, units } = cost.busiestShared;
    figure(`busiest shared partition: ${partition}`, units, "units", maxSharedUnits);
    for (const [service, dollars] of cost.dollars) figure(`1,000 images: ${service}`, dollars, "USD");
    const limit = one.isWatched ? undefined : maxDollars;
    figure("1,000 images, without GPU and data transfer", cost.totalDollars, "USD", limit);
  }
  return isMet;
}

/** Runs jobs of a case, one after another in turns of several accounts. */
export async function costOf(one: JobCase): Promise<JobCost> {
  const jobs = new JobsOnAws();
  await jobs.open(accounts);
  for (let i = 0; i < jobsPerCase; i++) await jobs.run(i, one);
  const { all } = jobs.counter;
  const byStage = unitsBy(all, "write", ({ stage }) => stage);
  const byPartition = unitsBy(all, "write", (_counted, consumed) => partitionKind(consumed));
  const byName = unitsBy(
    all,
    "write",
    (_counted, { index, partition }) => `${index} ${partition}`,
    (consumed) => !isOwn(partitionKind(consumed)),
  );
  const [partition, units] = [...byName][0] ?? ["none", 0];
  const dollars = dollarsOf(all);
  return {
    writeUnits: sum(byStage),
    readUnits: sum(unitsBy(all, "read", ({ stage }) => stage)),
    byStage,
    byPartition,
    busiestShared: { partition: partition.replace(/^main /, ""), units },
    dollars,
    totalDollars: sum(dollars),
  };
}

type Units = NonNullable<Counted["consumed"]>[number];

function unitsBy(
  all: readonly Counted[],
  kind: Units["kind"],
  nameOf: (counted: Counted, consumed: Units) => string,
  isCounted: (consumed: Units) => boolean = () => true,
): ReadonlyMap<string, number> {
  const units = new Map<string, number>();
  for (const counted of all) {
    for (const consumed of counted.consumed ?? []) {
      if (consumed.kind !== kind || !isCounted(consumed)) continue;
      const name = nameOf(counted, consumed);
      units.set(name, (units.get(name) ?? 0) + consumed.units / jobsPerCase);
    }
  }
  return new Map([...units].sort(([, a], [, b]) => b - a));
}

function dollarsOf(all: readonly Counted[]): ReadonlyMap<string, number> {
  const perJob = (service: Counted["service"]) => all.filter((one) => one.service === service).length / jobsPerCase;
  const units = (kind: Units["kind"]) => sum(unitsBy(all, kind, () => "all"));
  const gbSeconds = all.reduce((total, { stage, service, consumed = [] }) => {
    const ms =
      service === "lambda"
        ? waitsMs.own + (stage === "webhook" ? waitsMs.receiver : 0)
        : service === "dynamodb"
          ? consumed.some(({ kind }) => kind === "write")
            ? waitsMs.write
            : waitsMs.read
          : service.startsWith("sqs")
            ? waitsMs.sqs
            : service.startsWith("s3")
              ? waitsMs.s3
              : 0;
    return total + ((gigabytes[stage] ?? 0) * ms) / 1_000 / jobsPerCase;
  }, 0);
  // A million requests cost so much, and there are 1,000 jobs.
  const thousand = (requests: number, perMillion: number) => (requests * perMillion) / 1_000;
  return new Map([
    ["DynamoDB writes", thousand(units("write"), prices.dynamoDbWriteUnit)],
    ["DynamoDB reads", thousand(units("read"), prices.dynamoDbReadUnit)],
    ["SQS", thousand(perJob("sqs"), prices.sqsRequest) + thousand(perJob("sqs-fair"), prices.sqsFairQueueRequest)],
    ["S3", thousand(perJob("s3-put"), prices.s3Put) + thousand(perJob("s3-get"), prices.s3Get)],
    ["Lambda", thousand(perJob("lambda"), prices.lambdaRequest) + gbSeconds * 1_000 * prices.lambdaGbSecond],
    ["API Gateway", thousand(perJob("api"), prices.apiGatewayRequest)],
    ["CloudFront", thousand(perJob("cdn"), prices.cloudFrontRequest)],
  ]);
}

function sum(units: ReadonlyMap<string, number>): number {
  return [...units.values()].reduce((total, each) => total + each, 0);
}
