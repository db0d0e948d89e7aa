import { atLeast, type Guarantee, ids, ofType, property } from "./guarantee.ts";

/** Guarantees for the GPU workers: unreachable, without root, and none that was not requested. */
export const workerGuarantees: readonly Guarantee[] = [
  {
    name: "nothing reaches a worker from outside, and a worker is no root with a writable system",
    broken(resources) {
      const groups = ofType(resources, "AWS::EC2::SecurityGroup");
      const tasks = ofType(resources, "AWS::ECS::TaskDefinition");
      return [
        ...groups
          .filter(({ Properties }) => Properties.SecurityGroupIngress !== undefined)
          .map(({ id }) => `${id} allows inbound traffic`),
        ...ofType(resources, "AWS::EC2::SecurityGroupIngress")
          .filter(({ Properties }) => Properties.CidrIp !== undefined)
          .map(({ id }) => `${id} allows inbound traffic`),
        ...tasks
          .filter(({ Properties }) =>
            (Properties.ContainerDefinitions as unknown[]).some(
              (one) => property(one, "ReadonlyRootFilesystem") !== true,
            ),
          )
          .map(({ id }) => `${id} can write its root`),
        ...tasks
          .filter(({ Properties }) =>
            (Properties.ContainerDefinitions as unknown[]).some(
              (one) => property(one, "Privileged") === true || !property(one, "User"),
            ),
          )
          .map(({ id }) => `${id} runs as root`),
        ...tasks
          .filter(({ Properties }) =>
            (Properties.ContainerDefinitions as unknown[]).some((one) => property(one, "StopTimeout") !== 120),
          )
          .map(({ id }) => `${id} has less than two minutes to stop`),
        ...atLeast(tasks, 1, "AWS::ECS::TaskDefinition"),
      ];
    },
  },
  {
    name: "no GPU runs without a request",
    broken(resources) {
      const services = ofType(resources, "AWS::ECS::Service");
      const groups = ofType(resources, "AWS::AutoScaling::AutoScalingGroup");
      return [
        ...services
          .filter(({ Properties }) => (Properties.DesiredCount ?? 0) !== 0)
          .map(({ id }) => `${id} starts with workers`),
        ...services
          .filter(
            ({ Properties }) =>
              property(Properties, "DeploymentConfiguration", "DeploymentCircuitBreaker", "Enable") !== true,
          )
          .map(({ id }) => `${id} starts a broken image for ever`),
        ...services
          .filter(({ Properties }) => Properties.AvailabilityZoneRebalancing !== "DISABLED")
          .map(({ id }) => `${id} moves workers between zones`),
        ...groups
          .filter(({ Properties }) => Number(Properties.MinSize) !== 0 || Number(Properties.DesiredCapacity ?? 0) !== 0)
          .map(({ id }) => `${id} keeps machines`),
        ...resources.filter(({ Type }) => Type === "AWS::EC2::NatGateway").map(({ id }) => `${id} costs by the hour`),
        ...atLeast(services, 2, "AWS::ECS::Service"),
      ];
    },
  },
  {
    name: "machines leave before their network when the stack is deleted, and tasks carry the tags of their service",
    broken(resources) {
      const services = ofType(resources, "AWS::ECS::Service");
      const capacity = ["AWS::ECS::CapacityProvider", "AWS::AutoScaling::AutoScalingGroup"].flatMap((type) =>
        ofType(resources, type),
      );
      const routes = ids(ofType(resources, "AWS::EC2::Route"));
      return [
        ...[...capacity, ...services].flatMap(({ id, DependsOn }) => {
          const before = [DependsOn ?? []].flat();
          const around = [...routes, ...ids(ofType(resources, "AWS::EC2::SubnetRouteTableAssociation"))];
          return around.every((one) => before.includes(one)) ? [] : [`${id} outlives its network`];
        }),
        ...services
          .filter(({ Properties }) => Properties.PropagateTags !== "SERVICE")
          .map(({ id }) => `${id} has tasks without tags`),
        ...atLeast(capacity, 2, "capacity"),
      ];
    },
  },
  {
    name: "workers find more than one type of machine, and no larger one than they need",
    broken(resources) {
      const machines = [
        ...ofType(resources, "AWS::ECS::CapacityProvider").map(({ id, Properties }) => ({
          id,
          requirements: property(
            Properties,
            "ManagedInstancesProvider",
            "InstanceLaunchTemplate",
            "InstanceRequirements",
          ),
        })),
        ...ofType(resources, "AWS::AutoScaling::AutoScalingGroup").map(({ id, Properties }) => ({
          id,
          requirements: property(
            Properties,
            "MixedInstancesPolicy",
            "LaunchTemplate",
            "Overrides",
            0,
            "InstanceRequirements",
          ),
        })),
      ].filter(({ requirements }) => requirements !== undefined);
      return [
        ...machines
          .filter(({ id, requirements }) => {
            const of = /OnDemand|Canary/.test(id) ? "OnDemand" : "Spot";
            return !(Number(property(requirements, `${of}MaxPricePercentageOverLowestPrice`)) > 100);
          })
          .map(({ id }) => `${id} has the price protection of AWS`),
        ...machines
          .filter(({ requirements }) => !(Number(property(requirements, "VCpuCount", "Max")) > 0))
          .map(({ id }) => `${id} has no vCPU maximum`),
        ...atLeast(machines, 2, "kind of machine"),
      ];
    },
  },
  {
    name: "a deployment leaves workers and their version to the tick, which can go back",
    broken(resources) {
      const tasks = ofType(resources, "AWS::ECS::TaskDefinition");
      const services = ofType(resources, "AWS::ECS::Service");
      return [
        ...services
          .filter(({ Properties }) => !tasks.some((one) => one.Properties.Family === Properties.TaskDefinition))
          .map(({ id }) => `${id} changes its version with the deployment`),
        ...tasks
          .filter(({ UpdateReplacePolicy }) => UpdateReplacePolicy !== "Retain")
          .map(({ id }) => `${id} forgets the version before`),
        ...atLeast(services, 2, "AWS::ECS::Service"),
      ];
    },
  },
];
