/** Names of the environment variables, written once: entry files read them, the stack sets them. */
export const environment = {
  /** `embedded` (default) or `aws`. */
  state: "STATE",
  /** Embedded state: the folder of the databases and objects. */
  dataDir: "DATA_DIR",
  /** AWS state. */
  tableName: "TABLE_NAME",
  queueUrl: "QUEUE_URL",
  deadLetterQueueUrl: "DEAD_LETTER_QUEUE_URL",
  /** The queue of batch jobs; the dead letters are shared. */
  batchQueueUrl: "BATCH_QUEUE_URL",
  bucketName: "BUCKET_NAME",
  /** Queue of settled jobs for the webhook dispatcher; without it the tick finds their rows. */
  notifyQueueUrl: "NOTIFY_QUEUE_URL",
  /** Functions: queue of the steps of runs. */
  runQueueUrl: "RUN_QUEUE_URL",
  /** API, background work, worker: years for which records of what was made are kept, 1 to 30. Absent: 5. */
  recordYears: "RECORD_YEARS",
  /** Set by Lambda and ECS themselves. */
  region: "AWS_REGION",
  /** Functions: what is known of the model before any worker has loaded it. */
  modelFamily: "MODEL_FAMILY",
  modelSide: "MODEL_SIDE",
  modelSteps: "MODEL_STEPS",
  /** API: more names for models, as `NAME=MODEL` separated by commas; see `shared/model-catalog/model-aliases.ts`. */
  modelAliases: "MODEL_ALIASES",
  /** API and dispatcher functions: address of the service, where it has a domain of its own. */
  publicUrl: "PUBLIC_URL",
  /** API and background work: path of a JSON file of prices, or the JSON itself. Absent: the example prices. */
  prices: "PRICES",
  /**
   * API, background work and worker: path of a JSON file of rules for content, or the JSON itself, and the key that its
   * hooks are sent. Absent: the built-in block list alone.
   */
  moderation: "MODERATION",
  moderationKey: "MODERATION_KEY",
  /** The secret of Secrets Manager that holds such a key: it is not for a variable. */
  moderationKeySecret: "MODERATION_KEY_SECRET",
  /** API: origins whose pages may call it from a browser, separated by commas; `*` is every origin. Absent: none. */
  corsOrigins: "CORS_ORIGINS",
  /** API of one machine: token that opens `GET /metrics`, which is not there without one. */
  metricsToken: "METRICS_TOKEN",
  /** API of one machine: names of this machine, separated by commas, under which browsers may open the page. */
  pageHosts: "PAGE_HOSTS",
  /** API of one machine: `1` takes requests to `/sdapi/v1` without a key as those of the printed key. */
  sdapiWithoutKey: "SDAPI_WITHOUT_KEY",
  /** API function: a response that is held or streamed ends itself after this, in milliseconds. */
  longestResponseMs: "LONGEST_RESPONSE_MS",
  /** Functions: days after which the store deletes images. */
  imageRetentionDays: "IMAGE_RETENTION_DAYS",
  /** API function: `cdn` sends images through CloudFront, `s3` gives links of S3 that expire. */
  imageLinks: "IMAGE_LINKS",
  /** Functions run on one machine against stand-ins: webhooks may go to loopback addresses. Never set by the stack. */
  localMode: "LOCAL_MODE",
  /** Tick function: JSON of `ScalingSettings`, and the services of the fleet. */
  scaling: "SCALING",
  /**
   * Tick function: address of the billing system, the meter's name there, and the secret that holds the key. When
   * absent, charges are not reported.
   */
  usageExportUrl: "USAGE_EXPORT_URL",
  usageMeter: "USAGE_METER",
  usageKeySecret: "USAGE_KEY_SECRET",
  clusterName: "CLUSTER_NAME",
  spotServiceName: "SPOT_SERVICE_NAME",
  onDemandServiceName: "ON_DEMAND_SERVICE_NAME",
  /** Tick function: ARN of the task definition that was deployed last. */
  taskDefinition: "TASK_DEFINITION",
  /** Tick function and worker: what a worker of that deployment calls itself. */
  workerVersion: "WORKER_VERSION",
  /** Worker: prefix in the weights bucket, fetched into `MODEL_DIR` before the start. */
  weightsBucket: "WEIGHTS_BUCKET",
  weightsPrefix: "WEIGHTS_PREFIX",
  /**
   * API, dispatcher, worker: where spans are sent, as OpenTelemetry names it: `…/v1/traces`, headers as `NAME=VALUE,…`,
   * and the share of requests without a caller's trace that is recorded. Without an endpoint no span is made.
   */
  tracesEndpoint: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
  tracesHeaders: "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
  tracesRatio: "OTEL_TRACES_SAMPLER_ARG",
  /** The secret of Secrets Manager that holds such headers: a token is not for a variable. */
  tracesHeadersSecret: "TRACES_HEADERS_SECRET",
  /** Worker: namespace of the CloudWatch metrics in its log lines; without it none are written. */
  metricsNamespace: "METRICS_NAMESPACE",
  /** Worker: a file to touch while it lives, for the container's health check. */
  healthFile: "HEALTH_FILE",
  /** Set by the ECS agent: its address for task protection. */
  ecsAgentUri: "ECS_AGENT_URI",
  /** Address of the machine's metadata, as the SDKs of AWS name it. Absent: EC2's own. */
  metadataEndpoint: "AWS_EC2_METADATA_SERVICE_ENDPOINT",
  /** Worker: checkpoint folder, and the id it serves under. */
  modelDir: "MODEL_DIR",
  modelId: "MODEL_ID",
  /** Worker: `1` when the weights are random, so that images say so. */
  modelRandom: "MODEL_RANDOM",
  /**
   * Worker: folder with `key.pem` and `chain.pem`, which sign the images; made when it is not there. `off` signs none.
   * Default on one machine: `content-credentials` in the data folder; on AWS: off.
   */
  contentCredentials: "CONTENT_CREDENTIALS",
  /**
   * The key that prompts are sealed with in records of what was made, or a file with one a line. Absent: no prompts.
   */
  recordKey: "RECORD_KEY",
  recordKeyFile: "RECORD_KEY_FILE",
  /**
   * Worker, tick and API on AWS: ARN of the key of KMS, on P-256, that signs the images and the roots of days. Its
   * certificates lie in the table. Absent: nothing is signed.
   */
  signingKey: "SIGNING_KEY",
  /** Worker: the deployer's code as a provider of generated content, for the label that China's measures ask for. */
  aigcProducer: "AIGC_PRODUCER",
  /** Worker: `cn` draws nothing without that code. */
  labelling: "LABELLING",
  /** Worker: path of the JSON that describes a watermark's networks, and what the deployment is called in the mark. */
  watermark: "WATERMARK",
  watermarkName: "WATERMARK_NAME",
  /** Worker: corner of images in which "AI生成" is written: `bottom-right` and so on. Absent: none. */
  visibleMark: "VISIBLE_MARK",
  /** Worker: CPU threads of one network run. */
  threads: "THREADS",
  /** Worker: what runs the networks. `auto` (default), `ffi` or `node`; `cpu` (default), `cuda` or `webgpu`. */
  runtime: "RUNTIME",
  device: "DEVICE",
  /**
   * Worker: gigabytes to plan for, in place of what is free, and what to keep in memory, in place of what the planner
   * chooses.
   */
  memoryGb: "MEMORY_GB",
  residency: "RESIDENCY",
  /** Worker: what linear layers are computed in. `auto` (default), `stored`, `w8a8` or `int4`. */
  precision: "PRECISION",
  /** Worker: `1` records the commands of a transformer step on a GPU and replays them. */
  captureGraphs: "CAPTURE_GRAPHS",
  /** Worker: hold on a job, and time between SIGTERM and the end, in milliseconds. */
  leaseMs: "LEASE_MS",
  graceMs: "GRACE_MS",
  /** Worker: `0` draws no previews. */
  previews: "PREVIEWS",
  /** Worker: `0` stores no thumbnails of images. */
  thumbnails: "THUMBNAILS",
  /** Worker: folder with `loras/` and `controlnets/`, whose files jobs may name by id. */
  adaptersDir: "ADAPTERS_DIR",
  /** Worker: address that reads the text of images, where requests ask for it; see `gpu-worker/jobs/read-text.ts`. */
  textReaderUrl: "TEXT_READER_URL",
  /** Worker: folder for the LoRAs of accounts; a folder for temporary files where it is not set. */
  adapterCacheDir: "ADAPTER_CACHE_DIR",
} as const;
