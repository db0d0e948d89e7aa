import { PipelineError } from "../../shared/errors.ts";
import type { StackConfig } from "../config/settings.ts";
import type { Finding } from "./finding.ts";

/** The settings that name what the stack does not make, and functions and workers stand on. */
type Naming = Pick<StackConfig, "tracesHeadersSecret" | "moderationKeySecret" | "usageKeySecret" | "signing">;

export interface NamedReaders {
  /** @throws what the SDK says, or InvalidInputError for a secret without a text */
  readonly secret: (name: string) => Promise<unknown>;
  /**
   * Public half of a key.
   * @throws PipelineError, its cause what the SDK says; InvalidInputError for another kind of key
   */
  readonly publicKey: (arn: string) => Promise<unknown>;
}

/**
 * Looks for the secrets and the key that the settings name. A deployment goes through without them; what needs them
 * then fails: every prompt, every report of usage, every worker.
 */
export async function checkNamed(config: Naming, { secret, publicKey }: NamedReaders): Promise<Finding[]> {
  const secrets = (["tracesHeadersSecret", "moderationKeySecret", "usageKeySecret"] as const)
    .filter((setting) => config[setting] !== "")
    .map((setting) =>
      finding(setting, config[setting], secret(config[setting]), "make it: aws secretsmanager create-secret"),
    );
  const isNamed = config.signing !== "create" && config.signing !== "off";
  const key = isNamed
    ? [finding("signing", config.signing, publicKey(config.signing), "name another, or take -c signing=create")]
    : [];
  return Promise.all([...secrets, ...key]);
}

async function finding(setting: string, value: string, read: Promise<unknown>, remedy: string): Promise<Finding> {
  try {
    await read;
    return { level: "ok", text: `${setting}: ${value} is there` };
  } catch (error) {
    const { name, message } = (
      error instanceof PipelineError && error.cause instanceof Error ? error.cause : error
    ) as Error;
    // Whoever deploys need not be allowed to read it.
    if (/AccessDenied|NotAuthorized/.test(name)) {
      return {
        level: "warning",
        text: `${setting}: ${value} may not be read with these credentials, so it was not checked`,
      };
    }
    return { level: "problem", text: `${setting}: ${value} cannot be used: ${message}; ${remedy}` };
  }
}
