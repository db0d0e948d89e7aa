import { Duration, RemovalPolicy } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { leaseMs, runRetentionS } from "../../shared/limits.ts";
import { maxReceiveCount } from "../../shared/ports/queue.ts";
import type { StackConfig } from "../config/settings.ts";
import type { Store } from "../grant-permissions.ts";
import { JobTable } from "./job-table.ts";
import { PrivateBucket } from "./private-bucket.ts";
import { WorkQueue } from "./work-queue.ts";

/** Days after which the store deletes objects, whatever the settings: previews, and the files of catalogue runs. */
const expireDays = { "p/": 1, "r/": runRetentionS / 86_400 };

/** Longest invocations of the functions that queues feed. */
interface ReaderTimes {
  readonly dispatcherTimeout: Duration;
  readonly stepTimeout: Duration;
}

/** Table, queues and buckets: what outlives every process. */
export function deploymentStore(
  scope: Construct,
  config: StackConfig,
  { dispatcherTimeout, stepTimeout }: ReaderTimes,
): Store {
  const removalPolicy = config.retainData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
  const { table } = new JobTable(scope, "Jobs", {
    removalPolicy,
    existingName: config.tableName,
    indexes: config.tableIndexes,
  });
  const jobQueue = new WorkQueue(scope, "JobQueue", {
    visibilityTimeout: Duration.millis(leaseMs),
    maxReceiveCount,
  });
  const batchQueue = new WorkQueue(scope, "BatchQueue", {
    visibilityTimeout: Duration.millis(leaseMs),
    maxReceiveCount,
    deadLetters: jobQueue.deadLetters,
  });
  const noticeQueue = new WorkQueue(scope, "NoticeQueue", {
    visibilityTimeout: Duration.seconds(6 * dispatcherTimeout.toSeconds()),
    maxReceiveCount: 5,
  });
  // A step whose function died is sent again by the tick; its message, which shows again later, then finds nothing
  // due.
  const runQueue = new WorkQueue(scope, "RunQueue", { visibilityTimeout: stepTimeout, maxReceiveCount: 5 });
  const accessLogs = new PrivateBucket(scope, "AccessLogs", {
    removalPolicy,
    expireDays: { "": config.logRetentionDays },
  }).bucket;
  const images = new PrivateBucket(scope, "Images", {
    removalPolicy,
    accessLogs,
    linksForPages: { writers: config.corsOrigins.split(",").filter(Boolean) },
    expireDays: { ...expireDays, "o/": config.imageRetentionDays, "in/": config.imageRetentionDays },
  }).bucket;
  const weights = new PrivateBucket(scope, "Weights", {
    removalPolicy,
    accessLogs,
    versioned: true,
  }).bucket;
  return { table, jobQueue, batchQueue, noticeQueue, runQueue, accessLogs, images, weights };
}
