import { environment } from "./environment.ts";
import { InvalidInputError } from "./errors.ts";

export type StateConfig =
  | { readonly kind: "embedded"; readonly dataDir: string }
  | {
      readonly kind: "aws";
      readonly tableName: string;
      readonly queueUrl: string;
      readonly deadLetterQueueUrl: string;
      /**
       * Absent: batch jobs share the one queue, and an interactive job may wait behind those that are in its window.
       */
      readonly batchQueueUrl?: string;
      readonly notifyQueueUrl?: string;
      readonly runQueueUrl?: string;
      readonly bucketName: string;
      readonly region: string;
    };

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws InvalidInputError naming the variable that is missing or wrong */
export function readStateConfig(env: Environment): StateConfig {
  const kind = env[environment.state] ?? "embedded";
  if (kind === "embedded") return { kind, dataDir: env[environment.dataDir] ?? "./data" };
  if (kind !== "aws") {
    throw new InvalidInputError("invalid_config", `${environment.state} must be embedded or aws, got "${kind}"`);
  }
  const notifyQueueUrl = env[environment.notifyQueueUrl];
  const runQueueUrl = env[environment.runQueueUrl];
  const batchQueueUrl = env[environment.batchQueueUrl];
  return {
    kind,
    batchQueueUrl: batchQueueUrl || undefined,
    notifyQueueUrl: notifyQueueUrl || undefined,
    runQueueUrl: runQueueUrl || undefined,
    tableName: required(env, environment.tableName),
    queueUrl: required(env, environment.queueUrl),
    deadLetterQueueUrl: required(env, environment.deadLetterQueueUrl),
    bucketName: required(env, environment.bucketName),
    region: required(env, environment.region),
  };
}

function required(env: Environment, name: string): string {
  const value = env[name];
  if (!value) {
    throw new InvalidInputError("invalid_config", `${name} is not set; it is needed with ${environment.state}=aws`);
  }
  return value;
}
