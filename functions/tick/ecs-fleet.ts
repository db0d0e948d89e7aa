import { DescribeServicesCommand, type ECSClient, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import type { WorkerCount } from "../../shared/fair-queue/scaling.ts";

/** The two ECS services of the GPU workers. */
export interface Fleet {
  counts(): Promise<{ readonly spot: WorkerCount; readonly onDemand: WorkerCount }>;
  setDesired(kind: "spot" | "onDemand", desired: number): Promise<void>;
}

export interface EcsFleetOptions {
  readonly cluster: string;
  readonly spotService: string;
  readonly onDemandService: string;
}

export function openEcsFleet(client: ECSClient, { cluster, spotService, onDemandService }: EcsFleetOptions): Fleet {
  return {
    async counts() {
      const { services = [], failures = [] } = await client.send(
        new DescribeServicesCommand({ cluster, services: [spotService, onDemandService] }),
      );
      const count = (name: string): WorkerCount => {
        const service = services.find(({ serviceName, serviceArn }) => serviceName === name || serviceArn === name);
        if (service === undefined) {
          const reason = failures.map(({ arn, reason }) => `${arn} ${reason}`).join(", ") || "no response for it";
          throw new Error(`the ECS service ${name} of cluster ${cluster} was not found: ${reason}`);
        }
        return { desired: service.desiredCount ?? 0, running: service.runningCount ?? 0 };
      };
      return { spot: count(spotService), onDemand: count(onDemandService) };
    },
    async setDesired(kind, desiredCount) {
      const service = kind === "spot" ? spotService : onDemandService;
      await client.send(new UpdateServiceCommand({ cluster, service, desiredCount }));
    },
  };
}
