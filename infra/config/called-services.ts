export interface CalledService {
  /** Of its endpoint in the stack. */
  readonly id: string;
  /** As in `com.amazonaws.REGION.NAME`. */
  readonly name: string;
}

/** The settings of these names, by which workers call more than every worker does. */
export interface CallSettings {
  readonly traces: string;
  readonly tracesHeadersSecret: string;
  readonly moderationKeySecret: string;
  readonly signing: string;
}

/** Reached through endpoints that are routes, and cost nothing. */
export const gatewayServices = ["s3", "dynamodb"] as const;

/**
 * What a worker's machine calls, and what needs an interface endpoint where nothing else leads out: the ECS agent calls
 * the first five, the container's log driver and the worker the next two.
 */
export function calledServices({
  traces,
  tracesHeadersSecret,
  moderationKeySecret,
  signing,
}: CallSettings): readonly CalledService[] {
  const readsSecrets = tracesHeadersSecret !== "" || moderationKeySecret !== "";
  return [
    { id: "Ecs", name: "ecs" },
    { id: "EcsAgent", name: "ecs-agent" },
    { id: "EcsTelemetry", name: "ecs-telemetry" },
    { id: "EcrApi", name: "ecr.api" },
    { id: "EcrDocker", name: "ecr.dkr" },
    { id: "Logs", name: "logs" },
    { id: "Sqs", name: "sqs" },
    ...(traces === "xray" ? [{ id: "Xray", name: "xray" }] : []),
    ...(readsSecrets ? [{ id: "SecretsManager", name: "secretsmanager" }] : []),
    ...(signing === "off" ? [] : [{ id: "Kms", name: "kms" }]),
  ];
}
