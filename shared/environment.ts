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
  bucketName: "BUCKET_NAME",
  /** Set by Lambda and ECS themselves. */
  region: "AWS_REGION",
  /** Worker: checkpoint folder, and the id it serves under. */
  modelDir: "MODEL_DIR",
  modelId: "MODEL_ID",
  /** Worker: `1` when the weights are random, so that pictures say so. */
  modelRandom: "MODEL_RANDOM",
  /** Worker: CPU threads of one network run. */
  threads: "THREADS",
  /** Worker: what runs the networks. `auto` (default), `ffi` or `node`; `cpu` (default), `cuda` or `webgpu`. */
  runtime: "RUNTIME",
  device: "DEVICE",
  /** Worker: gigabytes to plan for, in place of what is free, and what to keep in memory, in place of what the planner chooses. */
  memoryGb: "MEMORY_GB",
  residency: "RESIDENCY",
  /** Worker: hold on a job, and time between SIGTERM and the end, in milliseconds. */
  leaseMs: "LEASE_MS",
  graceMs: "GRACE_MS",
  /** Worker: `0` draws no previews. */
  previews: "PREVIEWS",
} as const;
