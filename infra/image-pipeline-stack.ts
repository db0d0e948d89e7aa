import { readdirSync } from "node:fs";
import { resolve, sep } from "node:path";
import { CfnOutput, Duration, Fn, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import * as events from "aws-cdk-lib/aws-events";
import * as targets from "aws-cdk-lib/aws-events-targets";
import * as iam from "aws-cdk-lib/aws-iam";
import * as sources from "aws-cdk-lib/aws-lambda-event-sources";
import type * as logs from "aws-cdk-lib/aws-logs";
import * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import { environment } from "../shared/environment.ts";
import { defaultScaling, jobsPerTick, type ScalingSettings } from "../shared/fair-queue/scaling.ts";
import { leaseMs } from "../shared/limits.ts";
import { maxReceiveCount } from "../shared/ports/queue.ts";
import type { StackConfig } from "./config.ts";
import { EdgeApi } from "./constructs/edge-api.ts";
import { GpuWorkerFleet } from "./constructs/gpu-worker-fleet.ts";
import { JobTable } from "./constructs/job-table.ts";
import { Observability } from "./constructs/observability.ts";
import { PipelineFunction } from "./constructs/pipeline-function.ts";
import { PrivateBucket } from "./constructs/private-bucket.ts";
import { WorkQueue } from "./constructs/work-queue.ts";

export interface ImagePipelineStackProps extends StackProps {
  readonly config: StackConfig;
}

/** API Gateway streams for up to 15 minutes; a client that follows a job longer connects again where it was. */
const answerTimeout = Duration.minutes(10);
/** Longer than one invocation of the dispatcher may last, as Lambda demands of a queue that feeds it. */
const dispatcherTimeout = Duration.seconds(90);

/** The whole pipeline in one region, in the order in which a request meets it. */
export class ImagePipelineStack extends Stack {
  readonly #zones: number;

  /** Of whatever region it is deployed to: looking them up would need credentials to synthesise. */
  override get availabilityZones(): string[] {
    return Array.from({ length: this.#zones }, (_, index) => Fn.select(index, Fn.getAzs()));
  }

  constructor(scope: Construct, id: string, { config, ...props }: ImagePipelineStackProps) {
    super(scope, id, props);
    this.#zones = config.zones;
    const removalPolicy = config.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const logRetention = config.logRetentionDays as logs.RetentionDays;
    const metricsNamespace = `ZImage/${config.environment}`;

    // What is kept.
    const { table } = new JobTable(this, "Jobs", { removalPolicy });
    const jobQueue = new WorkQueue(this, "JobQueue", {
      visibilityTimeout: Duration.millis(leaseMs),
      maxReceiveCount,
    });
    const batchQueue = new WorkQueue(this, "BatchQueue", {
      visibilityTimeout: Duration.millis(leaseMs),
      maxReceiveCount,
      deadLetters: jobQueue.deadLetters,
    });
    const noticeQueue = new WorkQueue(this, "NoticeQueue", {
      visibilityTimeout: Duration.seconds(6 * dispatcherTimeout.toSeconds()),
      maxReceiveCount: 5,
    });
    const accessLogs = new PrivateBucket(this, "AccessLogs", {
      removalPolicy,
      expireDays: { "": config.logRetentionDays },
    }).bucket;
    const images = new PrivateBucket(this, "Images", {
      removalPolicy,
      accessLogs,
      expireDays: { "o/": config.imageRetentionDays, "in/": config.imageRetentionDays, "p/": 1 },
    }).bucket;
    const weights = new PrivateBucket(this, "Weights", {
      removalPolicy: RemovalPolicy.RETAIN,
      accessLogs,
      versioned: true,
    }).bucket;

    const state = {
      [environment.state]: "aws",
      [environment.tableName]: table.tableName,
      [environment.queueUrl]: jobQueue.queue.queueUrl,
      [environment.batchQueueUrl]: batchQueue.queue.queueUrl,
      [environment.deadLetterQueueUrl]: jobQueue.deadLetters.queueUrl,
      [environment.notifyQueueUrl]: noticeQueue.queue.queueUrl,
      [environment.bucketName]: images.bucketName,
    };
    const scaling: Partial<ScalingSettings> = {
      minWorkers: config.workerImage === "" ? 0 : config.minWorkers,
      maxWorkers: config.workerImage === "" ? 0 : config.maxWorkers,
      targetDrainS: config.targetDrainS,
      idleS: config.idleS,
      spot: config.spot,
    };
    // What `openCloud` reads.
    const functionState = {
      ...state,
      [environment.accountWindow]: String(jobsPerTick({ ...defaultScaling, ...scaling })),
      [environment.modelId]: config.modelId,
      [environment.modelFamily]: config.modelFamily,
      [environment.modelSide]: String(config.modelSide),
      [environment.modelSteps]: String(config.modelSteps),
    };

    // The way in.
    const api = new PipelineFunction(this, "ApiFunction", {
      entry: "functions/api/lambda.ts",
      description: "Z-Image: the HTTP API",
      timeout: answerTimeout,
      memoryMiB: 1024,
      logRetention,
      environment: {
        ...functionState,
        [environment.imageLinks]: config.imageLinks,
        [environment.corsOrigins]: config.corsOrigins,
        ...(config.domainName !== "" && { [environment.publicUrl]: `https://${config.domainName}` }),
      },
      files: Object.fromEntries([
        ...["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"].map((name) => [
          `docs/${name}`,
          `node_modules/swagger-ui-dist/${name}`,
        ]),
        ...docsPages().map((name) => [`docs/${name}`, `docs/${name}`]),
      ]),
      reservedConcurrency: config.apiConcurrency > 0 ? config.apiConcurrency : undefined,
    });
    const edge = new EdgeApi(this, "Edge", {
      apiFunction: api.function,
      images: config.imageLinks === "cdn" ? images : undefined,
      accessLogs,
      logRetention,
      requestsPerSecond: config.requestsPerSecond,
      answerTimeout,
      domain: config.domainName !== "" ? { name: config.domainName, certificateArn: config.certificateArn } : undefined,
      webAclArn: config.webAclArn !== "" ? config.webAclArn : undefined,
    });

    // Those who draw.
    const fleet = new GpuWorkerFleet(this, "Workers", {
      ...config,
      logRetention,
      environment: {
        ...state,
        [environment.region]: this.region,
        [environment.modelDir]: "/weights/model",
        // Without it a worker on a GPU machine would draw on the processor.
        [environment.device]: "cuda",
        [environment.modelId]: config.modelId,
        [environment.weightsBucket]: weights.bucketName,
        [environment.weightsPrefix]: config.weightsPrefix,
        [environment.metricsNamespace]: metricsNamespace,
      },
    });

    // Those who tell, and repair.
    const dispatcher = new PipelineFunction(this, "Dispatcher", {
      entry: "functions/webhook/lambda.ts",
      description: "Z-Image: signs and delivers webhooks",
      timeout: dispatcherTimeout,
      memoryMiB: 512,
      logRetention,
      environment: { ...functionState, [environment.publicUrl]: edge.url },
    });
    dispatcher.function.addEventSource(
      new sources.SqsEventSource(noticeQueue.queue, {
        batchSize: 10,
        maxBatchingWindow: Duration.seconds(0),
        maxConcurrency: 10,
        reportBatchItemFailures: true,
      }),
    );
    const tick = new PipelineFunction(this, "Tick", {
      entry: "functions/tick/lambda.ts",
      description: "Z-Image: repairs what crashes left behind, sizes the fleet",
      timeout: Duration.seconds(50),
      memoryMiB: 256,
      logRetention,
      environment: {
        ...functionState,
        [environment.scaling]: JSON.stringify(scaling),
        ...(config.usageExportUrl !== "" && {
          [environment.usageExportUrl]: config.usageExportUrl,
          [environment.usageMeter]: config.usageMeter,
          [environment.usageKeySecret]: config.usageKeySecret,
        }),
        [environment.clusterName]: fleet.cluster.clusterName,
        [environment.spotServiceName]: fleet.spotService.serviceName,
        [environment.onDemandServiceName]: fleet.onDemandService.serviceName,
      },
    });
    new events.Rule(this, "EveryMinute", {
      description: "Z-Image: the tick",
      schedule: events.Schedule.rate(Duration.minutes(1)),
      // A minute that was missed is made up for by the next.
      targets: [new targets.LambdaFunction(tick.function, { retryAttempts: 0, maxEventAge: Duration.minutes(1) })],
    });

    // What the rule says of repetitions is about handing over alone; the function would be run twice more after a failure.
    tick.function.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });

    if (config.usageKeySecret !== "") {
      secretsmanager.Secret.fromSecretNameV2(this, "UsageKey", config.usageKeySecret).grantRead(tick.function);
    }
    this.#grant({ table, jobQueue, batchQueue, noticeQueue, images, weights, api, dispatcher, tick, fleet });

    new Observability(this, "Observability", {
      jobs: jobQueue,
      batch: batchQueue,
      notices: noticeQueue,
      functions: { api: api.function, dispatcher: dispatcher.function, tick: tick.function },
      tickLogs: tick.logGroup,
      dispatcherLogs: dispatcher.logGroup,
      namespace: metricsNamespace,
      alarmEmail: config.alarmEmail !== "" ? config.alarmEmail : undefined,
      monthlyBudgetUsd: config.monthlyBudgetUsd > 0 ? config.monthlyBudgetUsd : undefined,
    });

    const output = (name: string, value: string, description: string) =>
      new CfnOutput(this, name, { value, description });
    output("Url", edge.url, "Address of the API");
    output("TableName", table.tableName, "Jobs, accounts, keys");
    output("QueueUrl", jobQueue.queue.queueUrl, "Jobs that wait");
    output("BatchQueueUrl", batchQueue.queue.queueUrl, "Batch jobs that wait");
    output("DeadLetterQueueUrl", jobQueue.deadLetters.queueUrl, "Jobs that were given up");
    output("BucketName", images.bucketName, "Pictures");
    output("WeightsBucketName", weights.bucketName, "Where the weights go");
    output("ClusterName", fleet.cluster.clusterName, "ECS cluster of the workers");
  }

  /** Who may do what, in one place: what is not here is not allowed. */
  #grant(to: {
    readonly table: JobTable["table"];
    readonly jobQueue: WorkQueue;
    readonly batchQueue: WorkQueue;
    readonly noticeQueue: WorkQueue;
    readonly images: PrivateBucket["bucket"];
    readonly weights: PrivateBucket["bucket"];
    readonly api: PipelineFunction;
    readonly dispatcher: PipelineFunction;
    readonly tick: PipelineFunction;
    readonly fleet: GpuWorkerFleet;
  }): void {
    const { table, jobQueue, noticeQueue, images, weights, fleet } = to;
    const jobQueues = [jobQueue.queue.queueArn, to.batchQueue.queue.queueArn];
    const [api, dispatcher, tick] = [to.api, to.dispatcher, to.tick].map((one) => one.function.role!) as [
      iam.IRole,
      iam.IRole,
      iam.IRole,
    ];
    const worker = fleet.taskRole;
    const allow = (role: iam.IRole, actions: string[], resources: string[], conditions?: { [key: string]: unknown }) =>
      role.addToPrincipalPolicy(new iam.PolicyStatement({ actions, resources, conditions }));

    for (const role of [api, dispatcher, tick, worker]) {
      allow(
        role,
        [
          "dynamodb:GetItem",
          "dynamodb:Query",
          "dynamodb:PutItem",
          "dynamodb:UpdateItem",
          "dynamodb:DeleteItem",
          "dynamodb:ConditionCheckItem",
        ],
        [table.tableArn, `${table.tableArn}/index/gsi1`, `${table.tableArn}/index/due`],
      );
    }
    const send = ["sqs:SendMessage"];
    allow(api, [...send, "sqs:GetQueueAttributes"], jobQueues);
    allow(api, send, [noticeQueue.queue.queueArn]);
    allow(api, ["s3:GetObject"], [images.arnForObjects("o/*"), images.arnForObjects("p/*")]);
    allow(api, ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], [images.arnForObjects("in/*")]);
    // Without it an object that is not there answers 403.
    allow(api, ["s3:ListBucket"], [images.bucketArn]);

    // To itself, for when a failed attempt is due again.
    allow(dispatcher, send, [noticeQueue.queue.queueArn]);

    allow(tick, [...send, "sqs:GetQueueAttributes"], jobQueues);
    allow(tick, send, [noticeQueue.queue.queueArn]);
    // Files of batches; pictures only where a batch wants them in base64.
    allow(tick, ["s3:GetObject", "s3:PutObject"], [images.arnForObjects("in/*")]);
    // … and those that attempts left behind, which it deletes.
    allow(tick, ["s3:GetObject", "s3:DeleteObject"], [images.arnForObjects("o/*")]);
    allow(tick, ["s3:ListBucket"], [images.bucketArn]);
    allow(
      tick,
      ["ecs:DescribeServices", "ecs:UpdateService"],
      [fleet.spotService.serviceArn, fleet.onDemandService.serviceArn],
    );

    allow(worker, ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"], jobQueues);
    allow(worker, send, [jobQueue.deadLetters.queueArn, noticeQueue.queue.queueArn]);
    allow(worker, ["s3:PutObject"], [images.arnForObjects("o/*"), images.arnForObjects("p/*")]);
    allow(worker, ["s3:GetObject"], [images.arnForObjects("in/*"), weights.arnForObjects("*")]);
    allow(worker, ["s3:ListBucket"], [weights.bucketArn, images.bucketArn]);
  }
}

/** Every Markdown page under `docs/`: the API itself decides which of them it serves. */
function docsPages(): string[] {
  const folder = resolve(import.meta.dirname, "../docs");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return files
    .filter((name) => name.endsWith(".md"))
    .map((name) => name.split(sep).join("/"))
    .sort();
}
