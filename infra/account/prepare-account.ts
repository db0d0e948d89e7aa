import { APIGatewayClient } from "@aws-sdk/client-api-gateway";
import { IAMClient } from "@aws-sdk/client-iam";
import { systemClock as clock } from "../../shared/ports/clock.ts";
import { ensureGatewayLogRole } from "./gateway-log-role.ts";

/**
 * What an account needs before its first stack and no stack may own.
 * @param say - told of every change
 */
export async function prepareAccount(region: string, say: (line: string) => void): Promise<void> {
  const [apiGateway, iam] = [new APIGatewayClient({ region }), new IAMClient({ region })];
  try {
    if (await ensureGatewayLogRole({ apiGateway, iam, clock })) {
      say("API Gateway of this account had no role to write logs with: z-image-api-gateway-logs was made and set.");
    }
  } finally {
    apiGateway.destroy();
    iam.destroy();
  }
}
