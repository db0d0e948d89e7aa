import { CfnOutput, Duration, Fn, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import * as events from "aws-cdk-lib/aws-events";
import * as targets from "aws-cdk-lib/aws-events-targets";
import type { IKey } from "aws-cdk-lib/aws-kms";
import * as sources from "aws-cdk-lib/aws-lambda-event-sources";
import type { Construct } from "constructs";
import { environment } from "../shared/environment.ts";
import { longestResponseMs, maxInvocationMs } from "../shared/limits.ts";
import { belongToAccount } from "./belong-to-account.ts";
import {
  acceptanceEnvironment,
  docsPages,
  functionEnvironment,
  markEnvironment,
  metricsNamespace,
  moderationEnvironment,
  pageFiles,
  scalingOf,
  signingEnvironment,
  stateEnvironment,
  tracesEnvironment,
} from "./config/pipeline-environment.ts";
import { settingsToRemember } from "./config/remembered-settings.ts";
import type { StackConfig } from "./config/settings.ts";
import { ApiRollout } from "./constructs/api-rollout.ts";
import { CustomerKey, storeUnderKey } from "./constructs/customer-key.ts";
import { deploymentStore } from "./constructs/deployment-store.ts";
import { EdgeApi } from "./constructs/edge/edge-api.ts";
import { GpuWorkerFleet } from "./constructs/fleet/gpu-worker-fleet.ts";
import { MonthlyBudget } from "./constructs/monitoring/monthly-budget.ts";
import { Observability } from "./constructs/monitoring/observability.ts";
import { SavedQueries } from "./constructs/monitoring/saved-queries.ts";
import { namedSecrets } from "./constructs/named-secrets.ts";
import { PipelineFunction } from "./constructs/pipeline-function.ts";
import { SettingsRecord } from "./constructs/settings-record.ts";
import { SigningKey } from "./constructs/signing-key.ts";
import { grantPermissions, type Store } from "./grant-permissions.ts";

export interface ImagePipelineStackProps extends StackProps {
  readonly config: StackConfig;
  /** The stack is there, and this changes it. @default false */
  readonly isUpdate?: boolean;
}

/** API Gateway streams for up to 15 minutes; a client that follows a job longer connects again where it was. */
const responseTimeout = Duration.millis(maxInvocationMs);
/** Longer than one invocation of the dispatcher may last, as Lambda demands of a queue that feeds it. */
const dispatcherTimeout = Duration.seconds(90);
/** Invocations of the dispatcher at once. */
const deliveriesAtOnce = 10;
/** Longest step of a run: the import of a large file, or its output. */
const stepTimeout = Duration.minutes(15);
/** Steps taken at once; each is of another run. */
const stepsAtOnce = 50;

/** The whole pipeline in one region, in the order in which a request meets it. */
export class ImagePipelineStack extends Stack {
  readonly #zones: number;

  /** Zones of the region it is deployed to, as references: looking them up would need credentials to synthesize. */
  override get availabilityZones(): string[] {
    return Array.from({ length: this.#zones }, (_, index) => Fn.select(index, Fn.getAzs()));
  }

  constructor(scope: Construct, id: string, { config, isUpdate = false, ...props }: ImagePipelineStackProps) {
    super(scope, id, props);
    this.#zones = config.zones;
    const store = deploymentStore(this, config, { dispatcherTimeout, stepTimeout });
    const api = this.#api(config, store);
    const edge = this.#edge(config, store, api);
    const signingKeyArn = this.#signingKey(config);
    const fleet = this.#fleet(config, store, { isFirst: !isUpdate, signingKeyArn });
    const dispatcher = this.#dispatcher(config, store, edge);
    const runs = this.#runs(config, store);
    const tick = this.#tick(config, store, { fleet, signingKeyArn });
    const key = this.#key(config);
    const called = { ...namedSecrets(this, config), tracesToXray: config.traces === "xray" };
    grantPermissions({ ...store, ...called, api, dispatcher, runs, tick, fleet, key, signingKeyArn });
    const { topic } = this.#observe(config, { ...store, edge }, { api, dispatcher, runs, tick });
    new ApiRollout(this, "ApiRollout", { alias: api.live, restApi: edge.restApi, rollout: config.apiRollout, topic });
    if (config.monthlyBudgetUsd > 0) {
      new MonthlyBudget(this, "Budget", {
        limitUsd: config.monthlyBudgetUsd,
        address: config.alarmEmail,
        deployment: config.budgetScope === "deployment" ? this.stackName : undefined,
      });
    }
    new SavedQueries(this, "Queries", {
      folder: this.stackName,
      api: api.logGroup,
      dispatcher: dispatcher.logGroup,
      runs: runs.logGroup,
      tick: tick.logGroup,
      workers: fleet.logGroup,
    });
    new SettingsRecord(this, "Settings", { environment: config.environment, settings: settingsToRemember(config) });
    this.#outputs(store, edge, fleet, { alarmTopicArn: topic.topicArn, signingKeyArn });
    belongToAccount(this, config);
  }

  #api(config: StackConfig, store: Store): PipelineFunction {
    return new PipelineFunction(this, "ApiFunction", {
      entry: "functions/api/lambda.ts",
      description: "Z-Image: the HTTP API",
      timeout: responseTimeout,
      memoryMiB: 1024,
      logRetention: config.logRetentionDays,
      environment: {
        ...functionEnvironment(config, store),
        ...acceptanceEnvironment(config),
        ...tracesEnvironment(config, this.region),
        [environment.imageLinks]: config.imageLinks,
        [environment.longestResponseMs]: String(longestResponseMs),
        [environment.corsOrigins]: config.corsOrigins,
        ...(config.domainName !== "" && { [environment.publicUrl]: `https://${config.domainName}` }),
      },
      files: Object.fromEntries([
        ...["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"].map((name) => [
          `docs/${name}`,
          `node_modules/swagger-ui-dist/${name}`,
        ]),
        ...docsPages().map((name) => [`docs/${name}`, `docs/${name}`]),
        ...pageFiles().map((name) => [`page/${name}`, `page/dist/${name}`]),
        ["c2pa.wasm", "node_modules/@contentauth/c2pa-wasm/pkg/c2pa_bg.wasm"],
      ]),
      // Reads the signatures of files that are to be verified.
      threads: { "credential-thread": "functions/api/verify/credential-thread.ts" },
      reservedConcurrency: config.apiConcurrency > 0 ? config.apiConcurrency : undefined,
    });
  }

  #edge(config: StackConfig, { images, accessLogs }: Store, api: PipelineFunction): EdgeApi {
    const { domainName: name, certificateArn, hostedZoneId } = config;
    return new EdgeApi(this, "Edge", {
      apiFunction: api.live,
      images: config.imageLinks === "cdn" ? images : undefined,
      accessLogs,
      logRetention: config.logRetentionDays,
      requestsPerSecond: config.requestsPerSecond,
      responseTimeout,
      // Before its certificate is there, as at the first synthesis with hostedZoneId, the distribution has no name yet.
      domain: certificateArn !== "" ? { name, certificateArn, hostedZoneId } : undefined,
      webAclArn: config.webAclArn !== "" ? config.webAclArn : undefined,
    });
  }

  #fleet(
    config: StackConfig,
    store: Store,
    { isFirst, signingKeyArn }: { readonly isFirst: boolean; readonly signingKeyArn: string | undefined },
  ): GpuWorkerFleet {
    return new GpuWorkerFleet(this, "Workers", {
      ...config,
      isFirst,
      logRetention: config.logRetentionDays,
      environment: {
        ...stateEnvironment(store),
        ...tracesEnvironment(config, this.region),
        ...moderationEnvironment(config),
        ...markEnvironment(config),
        ...signingEnvironment(signingKeyArn),
        [environment.recordYears]: String(config.recordYears),
        [environment.region]: this.region,
        [environment.modelDir]: "/weights/model",
        // Without it a worker on a GPU machine would draw on the processor.
        [environment.device]: "cuda",
        [environment.modelId]: config.modelId,
        [environment.weightsBucket]: store.weights.bucketName,
        [environment.weightsPrefix]: config.weightsPrefix,
        [environment.metricsNamespace]: metricsNamespace(config),
        ...(!config.thumbnails && { [environment.thumbnails]: "0" }),
      },
    });
  }

  /** Signs and delivers webhooks, woken by the queue of notices. */
  #dispatcher(config: StackConfig, store: Store, edge: EdgeApi): PipelineFunction {
    const dispatcher = new PipelineFunction(this, "Dispatcher", {
      entry: "functions/webhook/lambda.ts",
      description: "Z-Image: signs and delivers webhooks",
      reservedConcurrency: config.reserveConcurrency ? deliveriesAtOnce : undefined,
      timeout: dispatcherTimeout,
      memoryMiB: 512,
      logRetention: config.logRetentionDays,
      environment: {
        ...functionEnvironment(config, store),
        ...tracesEnvironment(config, this.region),
        [environment.publicUrl]: edge.url,
      },
      // It sends itself a notice for each delivery that is due again.
      invokesItself: true,
    });
    dispatcher.live.addEventSource(
      new sources.SqsEventSource(store.noticeQueue.queue, {
        batchSize: 10,
        maxBatchingWindow: Duration.seconds(0),
        maxConcurrency: deliveriesAtOnce,
        reportBatchItemFailures: true,
      }),
    );
    return dispatcher;
  }

  /** Imports, feeds and finishes runs, woken by the queue of their steps. */
  #runs(config: StackConfig, store: Store): PipelineFunction {
    const runs = new PipelineFunction(this, "Runs", {
      entry: "functions/runs/lambda.ts",
      description: "Z-Image: takes the steps of batches",
      timeout: stepTimeout,
      memoryMiB: 1024,
      logRetention: config.logRetentionDays,
      environment: { ...functionEnvironment(config, store), ...acceptanceEnvironment(config) },
      // A step sends the message of the next.
      invokesItself: true,
    });
    runs.live.addEventSource(
      new sources.SqsEventSource(store.runQueue.queue, {
        // One run per invocation: none waits behind another's images.
        batchSize: 1,
        maxConcurrency: stepsAtOnce,
        reportBatchItemFailures: true,
      }),
    );
    return runs;
  }

  /** Every minute: repairs what crashes left behind, and sizes the fleet. */
  #tick(
    config: StackConfig,
    store: Store,
    { fleet, signingKeyArn }: { readonly fleet: GpuWorkerFleet; readonly signingKeyArn: string | undefined },
  ): PipelineFunction {
    const tick = new PipelineFunction(this, "Tick", {
      entry: "functions/tick/lambda.ts",
      description: "Z-Image: repairs what crashes left behind, sizes the fleet",
      // One may still repair when the next begins.
      reservedConcurrency: config.reserveConcurrency ? 2 : undefined,
      timeout: Duration.seconds(50),
      memoryMiB: 256,
      logRetention: config.logRetentionDays,
      environment: {
        ...functionEnvironment(config, store),
        ...signingEnvironment(signingKeyArn),
        [environment.scaling]: JSON.stringify(scalingOf(config)),
        ...(config.usageExportUrl !== "" && {
          [environment.usageExportUrl]: config.usageExportUrl,
          [environment.usageMeter]: config.usageMeter,
          [environment.usageKeySecret]: config.usageKeySecret,
        }),
        [environment.clusterName]: fleet.cluster.clusterName,
        [environment.spotServiceName]: fleet.spotService.serviceName,
        [environment.onDemandServiceName]: fleet.onDemandService.serviceName,
        [environment.taskDefinition]: fleet.taskDefinition.taskDefinitionArn,
        [environment.workerVersion]: fleet.version,
      },
    });
    new events.Rule(this, "EveryMinute", {
      description: "Z-Image: the tick",
      schedule: events.Schedule.rate(Duration.minutes(1)),
      // A minute that was missed is made up for by the next.
      targets: [new targets.LambdaFunction(tick.live, { retryAttempts: 0, maxEventAge: Duration.minutes(1) })],
    });

    // The rule's retries cover only the delivery of the event; without this, Lambda would run a failed function twice
    // more.
    tick.live.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });

    return tick;
  }

  #observe(
    config: StackConfig,
    { table, jobQueue, batchQueue, noticeQueue, runQueue, edge }: Store & { readonly edge: EdgeApi },
    { api, dispatcher, runs, tick }: { readonly [name in "api" | "dispatcher" | "runs" | "tick"]: PipelineFunction },
  ): Observability {
    return new Observability(this, "Observability", {
      jobs: jobQueue,
      batch: batchQueue,
      notices: noticeQueue,
      runs: runQueue,
      functions: { api: api.function, dispatcher: dispatcher.function, runs: runs.function, tick: tick.function },
      table,
      restApi: edge.restApi,
      tickLogs: tick.logGroup,
      dispatcherLogs: dispatcher.logGroup,
      namespace: metricsNamespace(config),
      alarmEmail: config.alarmEmail !== "" ? config.alarmEmail : undefined,
    });
  }

  /** The customer's key, set on everything that is stored. */
  #key({ kmsKey, retainData }: StackConfig): IKey | undefined {
    if (kmsKey === "") return undefined;
    const { key } = new CustomerKey(this, "Key", {
      keyArn: kmsKey === "create" ? undefined : kmsKey,
      removalPolicy: retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    storeUnderKey(this, key);
    return key;
  }

  /** Absent where nothing is signed. */
  #signingKey({ signing, retainData }: StackConfig): string | undefined {
    if (signing === "off") return undefined;
    return new SigningKey(this, "Signing", {
      keyArn: signing === "create" ? undefined : signing,
      removalPolicy: retainData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    }).keyArn;
  }

  #outputs(
    { table, jobQueue, batchQueue, images, weights }: Store,
    edge: EdgeApi,
    fleet: GpuWorkerFleet,
    { alarmTopicArn, signingKeyArn }: { readonly alarmTopicArn: string; readonly signingKeyArn: string | undefined },
  ): void {
    const output = (name: string, value: string, description: string) =>
      new CfnOutput(this, name, { value, description });
    output("Url", edge.url, "Address of the API");
    output("TableName", table.tableName, "Jobs, accounts, keys");
    output("QueueUrl", jobQueue.queue.queueUrl, "Queued jobs");
    output("BatchQueueUrl", batchQueue.queue.queueUrl, "Queued batch jobs");
    output("DeadLetterQueueUrl", jobQueue.deadLetters.queueUrl, "Messages of jobs that failed for good");
    output("BucketName", images.bucketName, "Images");
    output("WeightsBucketName", weights.bucketName, "Model weights");
    output("AlarmTopicArn", alarmTopicArn, "Alarms are published here, and that they are over; subscribe your pager");
    if (signingKeyArn !== undefined) output("SigningKeyArn", signingKeyArn, "Key that signs images and records");
    output("ClusterName", fleet.cluster.clusterName, "ECS cluster of the workers");
  }
}
