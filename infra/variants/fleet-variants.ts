import { atLeast, type Named, ofType, property } from "../guarantees/guarantee.ts";
import { each } from "../guarantees/mutations/mutation.ts";
import { type Variant, workerImage } from "./variant.ts";

/** What buys machines on the spot market. */
function buysSpot({ Type, Properties }: Named): boolean {
  const [option, percentage] = [
    property(Properties, "ManagedInstancesProvider", "InstanceLaunchTemplate", "CapacityOptionType"),
    property(Properties, "MixedInstancesPolicy", "InstancesDistribution", "OnDemandPercentageAboveBaseCapacity"),
  ];
  return Type === "AWS::ECS::CapacityProvider" ? option === "SPOT" : percentage !== 100;
}

/** Machines on demand alone: the second service, which has the canary of a new version, must not wait for spot. */
export const fleetVariants: readonly Variant[] = (["mi", "asg"] as const).map((compute) => ({
  name: `on demand alone, ${compute}`,
  context: { spot: "false", compute, workerImage },
  guarantees: [
    {
      name: "without spot two services remain, each with machines on demand",
      broken(resources) {
        const type = compute === "mi" ? "AWS::ECS::CapacityProvider" : "AWS::AutoScaling::AutoScalingGroup";
        const capacity = ofType(resources, type);
        return [
          ...capacity.filter(buysSpot).map(({ id }) => `${id} waits for spot machines`),
          ...atLeast(capacity, 2, type),
          ...atLeast(ofType(resources, "AWS::ECS::Service"), 2, "AWS::ECS::Service"),
        ];
      },
    },
  ],
  mutations: [
    [
      "the canary waits for a spot machine",
      /WorkersCanary\w+ waits for spot machines/,
      (t) =>
        compute === "mi"
          ? each(t, "AWS::ECS::CapacityProvider", /Canary/, ({ Properties }) => {
              Properties.ManagedInstancesProvider.InstanceLaunchTemplate.CapacityOptionType = "SPOT";
            })
          : each(t, "AWS::AutoScaling::AutoScalingGroup", /Canary/, ({ Properties }) => {
              Properties.MixedInstancesPolicy.InstancesDistribution.OnDemandPercentageAboveBaseCapacity = 0;
            }),
    ],
  ],
}));
