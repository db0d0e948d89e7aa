import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { RememberedSettings } from "../config/remembered-settings.ts";
import type { StackConfig } from "../config/settings.ts";
import { globalRegion, needsGlobalStack } from "../global-stack.ts";
import { hasToolkit } from "./has-toolkit.ts";

export interface GlobalStackOptions {
  readonly stack: string;
  readonly config: StackConfig;
  readonly remembered: RememberedSettings | undefined;
  /** Where outputs may be written. */
  readonly folder: string;
  /** The CDK with these arguments. @returns its exit status */
  readonly runCdk: (args: readonly string[]) => Promise<number>;
  readonly context: readonly string[];
  readonly approval: readonly string[];
}

/** Name of the stack that holds what CloudFront takes from us-east-1. */
export const globalStackName = (stack: string): string => `${stack}-Global`;

/**
 * Makes the firewall and the certificate, where they are wanted, before the stack that names them.
 * @returns settings that name them, as `key=value`; or the exit status of a deployment that failed
 */
export async function deployGlobalStack(options: GlobalStackOptions): Promise<readonly string[] | number> {
  const { stack, config, remembered, folder, runCdk, context, approval } = options;
  if (!needsGlobalStack(config)) return abandoned(config, remembered);
  if (!(await hasToolkit(globalRegion))) {
    const { Account } = await new STSClient({ region: globalRegion }).send(new GetCallerIdentityCommand({}));
    const bootstrapped = await runCdk(["bootstrap", `aws://${Account}/${globalRegion}`, ...context]);
    if (bootstrapped !== 0) return bootstrapped;
  }
  const name = globalStackName(stack);
  const file = join(folder, "global-outputs.json");
  const deployed = await runCdk(["deploy", name, ...context, ...approval, "--outputs-file", file]);
  if (deployed !== 0) return deployed;
  const outputs = (JSON.parse(readFileSync(file, "utf8")) as { [stack: string]: GlobalOutputs })[name] ?? {};
  return settingsOfOutputs(outputs, config, remembered);
}

interface GlobalOutputs {
  readonly WebAclArn?: string;
  readonly CertificateArn?: string;
}

/** The settings that name what the stack made. */
export function settingsOfOutputs(
  { WebAclArn, CertificateArn }: GlobalOutputs,
  config: StackConfig,
  remembered: RememberedSettings | undefined,
): string[] {
  return [
    ...(WebAclArn === undefined ? abandoned(config, remembered) : [`webAclArn=${WebAclArn}`]),
    // A certificate that was given goes before the one that was made.
    ...(CertificateArn === undefined || config.certificateArn !== "" ? [] : [`certificateArn=${CertificateArn}`]),
  ];
}

/** A web ACL that an earlier deployment made and this one does not want is named no longer. */
function abandoned({ waf, webAclArn }: StackConfig, remembered: RememberedSettings | undefined): string[] {
  return !waf && remembered?.waf === "true" && remembered.webAclArn === webAclArn ? ["webAclArn="] : [];
}
