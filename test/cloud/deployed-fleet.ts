import { ECSClient } from "@aws-sdk/client-ecs";
import { type Fleet, openEcsFleet } from "../../functions/tick/ecs-fleet.ts";
import { environment } from "../../shared/environment.ts";
import type { Deployed } from "./steps/deploy-step.ts";

/** The deployed services of the workers: what the scaler asked for is read there. */
export function openDeployedFleet(endpoint: string, { functions }: Deployed): Fleet {
  const env = functions.Tick!.env;
  const { clusterName, spotServiceName, onDemandServiceName } = environment;
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  return openEcsFleet(new ECSClient({ region: "us-east-1", endpoint, credentials }), {
    cluster: env[clusterName]!,
    spotService: env[spotServiceName]!,
    onDemandService: env[onDemandServiceName]!,
  });
}

/** How many of each kind it wants. */
export async function desiredWorkers(fleet: Fleet): Promise<{ readonly spot: number; readonly onDemand: number }> {
  const { spot, onDemand } = await fleet.counts();
  return { spot: spot.desired, onDemand: onDemand.desired };
}
