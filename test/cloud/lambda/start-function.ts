import { environment } from "../../../shared/environment.ts";
import type { Deployed } from "../steps/deploy-step.ts";
import type { LambdaAccount } from "./lambda-account.ts";
import { LambdaFunction } from "./lambda-function.ts";

export interface StartFunctionOptions {
  readonly deployed: Deployed;
  /** Variables of every function: where the stand-ins are. */
  readonly aws: { readonly [name: string]: string };
  readonly account: LambdaAccount;
}

/** Where the stand-ins are, for whatever is started beside them. */
export const standInEnvironment = (endpoint: string, tablesEndpoint: string, region: string) => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_ENDPOINT_URL_DYNAMODB: tablesEndpoint,
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  PATH: process.env.PATH ?? "",
});

/**
 * A deployed function, with the package, the environment, the timeout and the reserved concurrency that it was deployed
 * with.
 * @param name - of the construct
 * @param changes - variables that are other here than deployed
 * @param timeoutMs - shorter than deployed, where a test waits for it
 */
export function startFunction(
  name: string,
  { deployed, aws, account }: StartFunctionOptions,
  changes: { readonly [name: string]: string } = {},
  timeoutMs = deployed.functions[name]!.timeoutMs,
): LambdaFunction {
  const { env, handler, folder, reservedConcurrency } = deployed.functions[name]!;
  if (reservedConcurrency !== undefined) account.reserve(name, reservedConcurrency);
  return new LambdaFunction({
    name,
    handler,
    folder,
    timeoutMs,
    account,
    // Local mode: the receiver of the webhook listens on the loopback.
    env: { ...env, ...aws, ...changes, [environment.localMode]: "1" },
  });
}
