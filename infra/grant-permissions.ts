import * as iam from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { GpuWorkerFleet } from "./constructs/fleet/gpu-worker-fleet.ts";
import type { JobTable } from "./constructs/job-table.ts";
import type { NamedSecrets } from "./constructs/named-secrets.ts";
import type { PipelineFunction } from "./constructs/pipeline-function.ts";
import type { PrivateBucket } from "./constructs/private-bucket.ts";
import type { WorkQueue } from "./constructs/work-queue.ts";

/** Table, queues and buckets. */
export interface Store {
  readonly table: JobTable["table"];
  readonly jobQueue: WorkQueue;
  readonly batchQueue: WorkQueue;
  readonly noticeQueue: WorkQueue;
  readonly runQueue: WorkQueue;
  readonly accessLogs: PrivateBucket["bucket"];
  readonly images: PrivateBucket["bucket"];
  readonly weights: PrivateBucket["bucket"];
}

export interface Grantees extends Store, NamedSecrets {
  readonly api: PipelineFunction;
  readonly dispatcher: PipelineFunction;
  readonly runs: PipelineFunction;
  readonly tick: PipelineFunction;
  readonly fleet: GpuWorkerFleet;
  /** The customer's key; absent: keys of AWS, which need no permission. */
  readonly key?: IKey | undefined;
  /** The key that signs images and records; absent: nothing is signed. */
  readonly signingKeyArn?: string | undefined;
  /** Spans are sent to X-Ray. */
  readonly tracesToXray: boolean;
}

const keyActions = ["Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo"].map(
  (action) => `kms:${action}`,
);

/** What `shared/aws/items.ts` asks of the table. */
const itemActions = [
  "GetItem",
  "BatchGetItem",
  "Query",
  "PutItem",
  "UpdateItem",
  "DeleteItem",
  "ConditionCheckItem",
].map((name) => `dynamodb:${name}`);

const traceActions = ["xray:PutSpans", "xray:PutSpansForIndexing", "xray:PutTraceSegments"];

const roleOf = ({ function: { role } }: PipelineFunction) => role!;

function allow(role: iam.IRole, actions: string[], resources: string[], conditions?: { [key: string]: unknown }): void {
  role.addToPrincipalPolicy(new iam.PolicyStatement({ actions, resources, conditions }));
}

/** All permissions of the deployment, in one place: whatever is not here is denied. */
export function grantPermissions(to: Grantees): void {
  const { table, jobQueue, noticeQueue, images, weights, fleet } = to;
  const jobQueues = [jobQueue.queue.queueArn, to.batchQueue.queue.queueArn];
  const [api, dispatcher, runs, tick] = [roleOf(to.api), roleOf(to.dispatcher), roleOf(to.runs), roleOf(to.tick)];
  const worker = fleet.taskRole;

  for (const role of [api, dispatcher, runs, tick, worker]) {
    allow(role, itemActions, [table.tableArn, `${table.tableArn}/index/gsi1`, `${table.tableArn}/index/due`]);
  }
  if (to.key !== undefined) {
    const services = ["dynamodb", "s3", "sqs"].map((name) => `${name}.${table.stack.region}.amazonaws.com`);
    for (const role of [api, dispatcher, runs, tick, worker]) {
      // Through the three stores only.
      allow(role, keyActions, [to.key.keyArn], { StringEquals: { "kms:ViaService": services } });
    }
  }
  if (to.signingKeyArn !== undefined) for (const role of [tick, worker]) allowSigning(role, to.signingKeyArn);
  // X-Ray actions cannot be limited to resources.
  if (to.tracesToXray) for (const role of [api, dispatcher, worker]) allow(role, traceActions, ["*"]);
  for (const role of [api, dispatcher, worker]) to.tracesHeaders?.grantRead(role);
  for (const role of [api, runs, worker]) to.moderationKey?.grantRead(role);
  to.usageKey?.grantRead(tick);
  const send = ["sqs:SendMessage"];
  allow(api, [...send, "sqs:GetQueueAttributes"], jobQueues);
  for (const role of [api, runs]) allow(role, send, [noticeQueue.queue.queueArn]);
  allow(api, ["s3:GetObject", "s3:DeleteObject"], [images.arnForObjects("o/*"), images.arnForObjects("p/*")]);
  allow(api, ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], [images.arnForObjects("in/*")]);
  // LoRAs of accounts, which a batch may bring as well.
  for (const role of [api, runs])
    allow(role, ["s3:PutObject", "s3:DeleteObject"], [images.arnForObjects("adapters/*")]);
  // Without it S3 answers 403 for a missing object, instead of 404.
  allow(api, ["s3:ListBucket"], [images.bucketArn]);

  grantRuns(to);

  // The dispatcher wakes itself when a failed attempt is due again.
  allow(dispatcher, send, [noticeQueue.queue.queueArn]);

  allow(tick, [...send, "sqs:GetQueueAttributes"], jobQueues);
  allow(tick, send, [noticeQueue.queue.queueArn]);
  // Images that attempts left behind, and all of jobs of which nothing is kept.
  allow(tick, ["s3:GetObject", "s3:DeleteObject"], [images.arnForObjects("o/*")]);
  allow(tick, ["s3:DeleteObject"], [images.arnForObjects("p/*")]);
  // Expired uploaded files.
  allow(tick, ["s3:DeleteObject"], [images.arnForObjects("in/*")]);
  allow(tick, ["s3:ListBucket"], [images.bucketArn]);
  allow(
    tick,
    ["ecs:DescribeServices", "ecs:UpdateService"],
    [fleet.spotService.serviceArn, fleet.onDemandService.serviceArn],
  );
  // Starting another version of a service passes it the roles of its tasks.
  const taskRoles = [fleet.taskRole.roleArn, fleet.taskDefinition.obtainExecutionRole().roleArn];
  allow(tick, ["iam:PassRole"], taskRoles, { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } });

  allow(worker, ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"], jobQueues);
  allow(worker, send, [jobQueue.deadLetters.queueArn, noticeQueue.queue.queueArn]);
  allow(worker, ["s3:PutObject"], [images.arnForObjects("o/*"), images.arnForObjects("p/*")]);
  const read = [images.arnForObjects("in/*"), images.arnForObjects("adapters/*"), weights.arnForObjects("*")];
  allow(worker, ["s3:GetObject"], read);
  allow(worker, ["s3:ListBucket"], [weights.bucketArn, images.bucketArn]);
}

/** Steps of batches and catalogue runs: their rows, their files, and the images that outlive their jobs. */
function grantRuns(to: Grantees): void {
  const { runQueue, images } = to;
  const [api, runs, tick] = [roleOf(to.api), roleOf(to.runs), roleOf(to.tick)];
  const send = ["sqs:SendMessage"];
  // Begun by the API, sent on by the function that takes them, and again by the tick.
  for (const role of [api, runs, tick]) allow(role, send, [runQueue.queue.queueArn]);
  allow(runs, [...send, "sqs:GetQueueAttributes"], [to.jobQueue.queue.queueArn, to.batchQueue.queue.queueArn]);
  // Their input, their rows and their output; images only where a batch wants them in base64.
  allow(runs, ["s3:GetObject", "s3:PutObject"], [images.arnForObjects("in/*"), images.arnForObjects("r/*")]);
  allow(runs, ["s3:GetObject"], [images.arnForObjects("o/*")]);
  // Images of catalogue runs outlive their jobs: copied by the one, handed out by the other. Beside them is a list of
  // the products that have any.
  allow(runs, ["s3:GetObject", "s3:PutObject"], [images.arnForObjects("k/*")]);
  // The API notes there which images a shop has been given; under r/ are tables, tasks and exports. Their owners delete
  // both.
  allow(
    api,
    ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
    [images.arnForObjects("k/*"), images.arnForObjects("r/*")],
  );
  allow(runs, ["s3:ListBucket"], [images.bucketArn]);
}

/** To sign with a key by the one algorithm, and to make its certificates, as whoever needs them first does. */
function allowSigning(role: iam.IRole, keyArn: string): void {
  const allow = (action: string, conditions?: { [operator: string]: { [key: string]: string } }) =>
    role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: [action], resources: [keyArn], conditions }));
  allow("kms:Sign", { StringEquals: { "kms:SigningAlgorithm": "ECDSA_SHA_256" } });
  allow("kms:GetPublicKey");
}
