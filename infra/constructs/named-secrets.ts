import { type ISecret, Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import type { StackConfig } from "../config/settings.ts";

export interface NamedSecrets {
  /** Holds what a collector of spans asks for; absent: it asks for nothing. */
  readonly tracesHeaders?: ISecret | undefined;
  /** Holds the key of the services that judge content; absent: they ask for none. */
  readonly moderationKey?: ISecret | undefined;
  /** Holds the key of the billing system; absent: charges are not reported. */
  readonly usageKey?: ISecret | undefined;
}

/** Secrets of the operator's own that the settings name. The stack makes none of them. */
export function namedSecrets(scope: Construct, config: StackConfig): NamedSecrets {
  const { tracesHeadersSecret, moderationKeySecret, usageKeySecret } = config;
  const named = (id: string, name: string) => {
    if (name === "") return undefined;
    return name.startsWith("arn:")
      ? Secret.fromSecretCompleteArn(scope, id, name)
      : Secret.fromSecretNameV2(scope, id, name);
  };
  return {
    tracesHeaders: named("TracesHeaders", tracesHeadersSecret),
    moderationKey: named("ModerationKey", moderationKeySecret),
    usageKey: named("UsageKey", usageKeySecret),
  };
}
