import {
  type APIGatewayClient,
  BadRequestException,
  GetAccountCommand,
  UpdateAccountCommand,
} from "@aws-sdk/client-api-gateway";
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  EntityAlreadyExistsException,
  GetRoleCommand,
  type IAMClient,
} from "@aws-sdk/client-iam";
import type { Clock } from "../../shared/ports/clock.ts";

/**
 * API Gateway writes access logs with one role per account and region. Without it, every stage that has access logs is
 * refused ("CloudWatch Logs role ARN must be set in account settings"). It is no resource of the stack: the stack that
 * owned it would take it from every other API of the region when it is deleted.
 */

const roleName = "z-image-api-gateway-logs";
const policyArn = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs";
/** A new role is unknown to API Gateway for some seconds. */
const attempts = 12;
const retryMs = 5_000;

export interface AccountClients {
  readonly apiGateway: Pick<APIGatewayClient, "send">;
  readonly iam: Pick<IAMClient, "send">;
  readonly clock: Pick<Clock, "sleep">;
}

/** ARN of the role with which API Gateway writes logs in this region; nothing where there is none. */
export async function gatewayLogRole({ apiGateway }: Pick<AccountClients, "apiGateway">): Promise<string | undefined> {
  const { cloudwatchRoleArn } = await apiGateway.send(new GetAccountCommand({}));
  return cloudwatchRoleArn || undefined;
}

/**
 * Makes the role and sets it where there is none; a role that is set stays.
 * @returns whether something was changed
 */
export async function ensureGatewayLogRole({ apiGateway, iam, clock }: AccountClients): Promise<boolean> {
  if ((await gatewayLogRole({ apiGateway })) !== undefined) return false;
  const value = await logRoleArn(iam);
  const patch = new UpdateAccountCommand({ patchOperations: [{ op: "replace", path: "/cloudwatchRoleArn", value }] });
  for (let attempt = 1; ; attempt++) {
    try {
      await apiGateway.send(patch);
      return true;
    } catch (error) {
      if (!(error instanceof BadRequestException) || attempt === attempts) throw error;
      await clock.sleep(retryMs);
    }
  }
}

async function logRoleArn(iam: AccountClients["iam"]): Promise<string> {
  const trust = { Effect: "Allow", Principal: { Service: "apigateway.amazonaws.com" }, Action: "sts:AssumeRole" };
  try {
    const { Role } = await iam.send(
      new CreateRoleCommand({
        RoleName: roleName,
        Description: "API Gateway of this account writes logs with it",
        AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
      }),
    );
    await iam.send(new AttachRolePolicyCommand({ RoleName: roleName, PolicyArn: policyArn }));
    return Role!.Arn!;
  } catch (error) {
    if (!(error instanceof EntityAlreadyExistsException)) throw error;
    // Made by a deployment to another region: roles are the account's.
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: roleName }));
    return Role!.Arn!;
  }
}
