import { DescribeServicesCommand, type ECSClient, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import type { MachineKind, ServiceState } from "./canary.ts";

/** The two ECS services of the GPU workers. */
export interface Fleet {
  counts(): Promise<{ readonly [K in MachineKind]: ServiceState }>;
  /** @param taskDefinition - what it starts from now on; @default as before */
  setDesired(kind: MachineKind, desired: number, taskDefinition?: string): Promise<void>;
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
      const count = (name: string): ServiceState => {
        const service = services.find(({ serviceName, serviceArn }) => serviceName === name || serviceArn === name);
        if (service === undefined) {
          const reason = failures.map(({ arn, reason }) => `${arn} ${reason}`).join(", ") || "no response for it";
          throw new Error(`the ECS service ${name} of cluster ${cluster} was not found: ${reason}`);
        }
        const { desiredCount = 0, runningCount = 0, taskDefinition = "" } = service;
        const failedTasks = service.deployments?.reduce((sum, one) => sum + (one.failedTasks ?? 0), 0) ?? 0;
        return { desired: desiredCount, running: runningCount, taskDefinition, failedTasks };
      };
      return { spot: count(spotService), onDemand: count(onDemandService) };
    },
    async setDesired(kind, desiredCount, taskDefinition) {
      const service = kind === "spot" ? spotService : onDemandService;
      await client.send(new UpdateServiceCommand({ cluster, service, desiredCount, taskDefinition }));
    },
  };
}
