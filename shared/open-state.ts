import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openEmbeddedItems } from "./embedded/items.ts";
import { openEmbeddedObjects } from "./embedded/objects.ts";
import { openEmbeddedQueue } from "./embedded/queue.ts";
import { environment } from "./environment.ts";
import { InvalidInputError } from "./errors.ts";
import type { Items } from "./items.ts";
import { createLaneQueue } from "./lane-queue.ts";
import type { Objects } from "./objects.ts";
import type { Queue } from "./queue.ts";

export type StateConfig =
  | { readonly kind: "embedded"; readonly dataDir: string }
  | {
      readonly kind: "aws";
      readonly tableName: string;
      readonly queueUrl: string;
      readonly deadLetterQueueUrl: string;
      /** Absent: batch jobs share the one queue, and an interactive job may wait behind those that are in its window. */
      readonly batchQueueUrl?: string;
      readonly bucketName: string;
      readonly region: string;
    };

/** The three ports of one deployment. */
export interface State {
  readonly items: Items;
  readonly queue: Queue;
  readonly objects: Objects;
  close(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws InvalidInputError naming the variable that is missing or wrong */
export function readStateConfig(env: Environment): StateConfig {
  const kind = env[environment.state] ?? "embedded";
  if (kind === "embedded") return { kind, dataDir: env[environment.dataDir] ?? "./data" };
  if (kind !== "aws") {
    throw new InvalidInputError("invalid_config", `${environment.state} must be embedded or aws, got "${kind}"`);
  }
  const batchQueueUrl = env[environment.batchQueueUrl];
  return {
    kind,
    tableName: required(env, environment.tableName),
    queueUrl: required(env, environment.queueUrl),
    deadLetterQueueUrl: required(env, environment.deadLetterQueueUrl),
    bucketName: required(env, environment.bucketName),
    region: required(env, environment.region),
    ...(batchQueueUrl && { batchQueueUrl }),
  };
}

/** Opens the drivers that the configuration names. The AWS SDK is loaded only where it is used. */
export async function openState(config: StateConfig): Promise<State> {
  const ports = config.kind === "embedded" ? await openEmbedded(config.dataDir) : await openAws(config);
  return {
    ...ports,
    async close() {
      await ports.queue.close();
      await ports.items.close();
      await ports.objects.close();
    },
  };
}

async function openEmbedded(dataDir: string) {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  return {
    items: openEmbeddedItems(join(dataDir, "items.db")),
    queue: createLaneQueue({
      interactive: openEmbeddedQueue(join(dataDir, "queue.db"), "jobs"),
      batch: openEmbeddedQueue(join(dataDir, "queue.db"), "jobs-batch"),
    }),
    objects: openEmbeddedObjects(join(dataDir, "objects")),
  };
}

async function openAws(config: StateConfig & { kind: "aws" }) {
  const [{ createAwsClients }, { openDynamoItems }, { openSqsQueue }, { openS3Objects }] = await Promise.all([
    import("./aws/clients.ts"),
    import("./aws/items.ts"),
    import("./aws/queue.ts"),
    import("./aws/objects.ts"),
  ]);
  const clients = createAwsClients({ region: config.region });
  const { queueUrl, deadLetterQueueUrl, batchQueueUrl } = config;
  const openQueue = (url: string) => openSqsQueue({ client: clients.sqs, queueUrl: url, deadLetterQueueUrl });
  const interactive = openQueue(queueUrl);
  return {
    items: openDynamoItems({ client: clients.dynamodb, table: config.tableName }),
    queue: batchQueueUrl ? createLaneQueue({ interactive, batch: openQueue(batchQueueUrl) }) : interactive,
    objects: openS3Objects({ client: clients.s3, bucket: config.bucketName }),
  };
}

function required(env: Environment, name: string): string {
  const value = env[name];
  if (!value) {
    throw new InvalidInputError("invalid_config", `${name} is not set; it is needed with ${environment.state}=aws`);
  }
  return value;
}
