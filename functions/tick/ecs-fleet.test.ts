import type { ECSClient } from "@aws-sdk/client-ecs";
import { expect, it } from "vitest";
import { openEcsFleet } from "./ecs-fleet.ts";

/** A fleet whose commands are kept, and answered with `output`. */
function fleetOver(output: object) {
  const sent: object[] = [];
  const client = {
    send: async (command: { readonly input: object }) => {
      sent.push(command.input);
      return output;
    },
  } as unknown as ECSClient;
  return { sent, fleet: openEcsFleet(client, { cluster: "c", spotService: "spot", onDemandService: "arn:od" }) };
}

it("counts each service by its name or ARN, whatever their order", async () => {
  const { fleet } = fleetOver({
    services: [
      { serviceName: "od", serviceArn: "arn:od", desiredCount: 1 },
      {
        serviceName: "spot",
        serviceArn: "arn:spot",
        desiredCount: 4,
        runningCount: 3,
        taskDefinition: "t:3",
        deployments: [{ failedTasks: 2 }, {}],
      },
    ],
  });
  expect(await fleet.counts()).toEqual({
    spot: { desired: 4, running: 3, taskDefinition: "t:3", failedTasks: 2 },
    onDemand: { desired: 1, running: 0, taskDefinition: "", failedTasks: 0 },
  });
});

it("takes a service that was not found for an error with the reason, not for one without workers", async () => {
  const services = [{ serviceName: "spot", desiredCount: 4, runningCount: 3 }];
  const { fleet } = fleetOver({ services, failures: [{ arn: "arn:od", reason: "MISSING" }] });
  await expect(fleet.counts()).rejects.toThrow("the ECS service arn:od of cluster c was not found: arn:od MISSING");
  await expect(fleetOver({}).fleet.counts()).rejects.toThrow("no response for it");
});

it("sets the size of one service", async () => {
  const { fleet, sent } = fleetOver({});
  await fleet.setDesired("onDemand", 0);
  await fleet.setDesired("spot", 7);
  await fleet.setDesired("spot", 1, "t:4");
  expect(sent).toEqual([
    { cluster: "c", service: "arn:od", desiredCount: 0 },
    { cluster: "c", service: "spot", desiredCount: 7 },
    { cluster: "c", service: "spot", desiredCount: 1, taskDefinition: "t:4" },
  ]);
});
