import { expect, it } from "vitest";
import { ofType, property, resourcesOf } from "../../guarantees/guarantee.ts";
import { synthesize } from "../../synthesize.ts";

const fleet = (context: { readonly [key: string]: unknown }) =>
  resourcesOf(synthesize({ workerImage: "z-image-worker:v1", ...context }));

it("buys spot machines for one service and others for the second, on Managed Instances", () => {
  const kinds = ofType(fleet({ compute: "mi" }), "AWS::ECS::CapacityProvider").map(({ Properties }) =>
    property(Properties, "ManagedInstancesProvider", "InstanceLaunchTemplate", "CapacityOptionType"),
  );
  expect(kinds.sort()).toEqual(["ON_DEMAND", "SPOT"]);
});

it("does the same with Auto Scaling groups of at most maxWorkers machines", () => {
  const groups = ofType(fleet({ compute: "asg", maxWorkers: 3 }), "AWS::AutoScaling::AutoScalingGroup");
  const onDemand = groups.map(({ Properties }) =>
    property(Properties, "MixedInstancesPolicy", "InstancesDistribution", "OnDemandPercentageAboveBaseCapacity"),
  );
  expect(onDemand.sort()).toEqual([0, 100]);
  expect(groups.map(({ Properties }) => Properties.MaxSize)).toEqual(["3", "3"]);
});

it("keeps weights on a path of the host in a group alone", () => {
  const paths = (compute: string) =>
    ofType(fleet({ compute }), "AWS::ECS::TaskDefinition").flatMap(({ Properties }) =>
      (Properties.Volumes as { readonly Name: string; readonly Host?: { readonly SourcePath?: string } }[])
        .filter(({ Name }) => Name === "weights")
        .map(({ Host }) => Host?.SourcePath),
    );
  expect([paths("asg"), paths("mi")]).toEqual([["/mnt/weights"], [undefined]]);
});

it("names a tag that does not exist while there is no image", () => {
  const [task] = ofType(fleet({ workerImage: "" }), "AWS::ECS::TaskDefinition");
  expect(JSON.stringify(property(task?.Properties, "ContainerDefinitions", 0, "Image"))).toContain(
    "z-image-worker:none",
  );
});

it("says how many workers at first alone: afterwards that is the tick's", () => {
  const counts = (context: { readonly [key: string]: unknown }) =>
    ofType(fleet(context), "AWS::ECS::Service").map(({ Properties }) => Properties.DesiredCount);
  for (const compute of ["mi", "asg"]) {
    expect(counts({ compute })).toEqual([0, 0]);
    expect(counts({ compute, remembered: "{}" })).toEqual([undefined, undefined]);
  }
});

it("tells workers and the tick the same name of their version, which changes with image and weights", () => {
  const names = (context: { readonly [key: string]: unknown }) => {
    const resources = fleet(context);
    const [task] = ofType(resources, "AWS::ECS::TaskDefinition");
    const variables = property(task?.Properties, "ContainerDefinitions", 0, "Environment") as {
      readonly Name: string;
      readonly Value: unknown;
    }[];
    const tick = ofType(resources, "AWS::Lambda::Function").find(({ id }) => id.startsWith("Tick"));
    const ofTask = variables.find(({ Name }) => Name === "WORKER_VERSION")?.Value;
    expect(property(tick?.Properties, "Environment", "Variables", "WORKER_VERSION")).toEqual(ofTask);
    return JSON.stringify(ofTask);
  };
  const all = [{}, { workerImage: "z-image-worker:v2" }, { weightsPrefix: "other" }].map(names);
  expect(new Set(all).size).toBe(3);
});
