import { each, type Mutation } from "./mutation.ts";

/** Each breaks one of `workerGuarantees`. */
export const workerMutations: readonly Mutation[] = [
  [
    "a worker is opened to the internet",
    /allows inbound traffic/,
    (t) =>
      each(t, "AWS::EC2::SecurityGroup", /^WorkersNetworkSecurityGroup/, ({ Properties }) => {
        Properties.SecurityGroupIngress = [{ CidrIp: "0.0.0.0/0", IpProtocol: "-1" }];
      }),
  ],
  [
    "a worker becomes root",
    /runs as root/,
    (t) =>
      each(t, "AWS::ECS::TaskDefinition", /./, ({ Properties }) => {
        delete Properties.ContainerDefinitions[0].User;
      }),
  ],
  [
    "a worker can write its system",
    /can write its root/,
    (t) =>
      each(t, "AWS::ECS::TaskDefinition", /./, ({ Properties }) => {
        Properties.ContainerDefinitions[0].ReadonlyRootFilesystem = false;
      }),
  ],
  [
    "a worker is killed at once",
    /two minutes to stop/,
    (t) =>
      each(t, "AWS::ECS::TaskDefinition", /./, ({ Properties }) => {
        delete Properties.ContainerDefinitions[0].StopTimeout;
      }),
  ],
  [
    "a deployment starts GPUs",
    /starts with workers/,
    (t) =>
      each(t, "AWS::ECS::Service", /./, ({ Properties }) => {
        Properties.DesiredCount = 1;
      }),
  ],
  [
    "a broken image is started for ever",
    /broken image/,
    (t) =>
      each(t, "AWS::ECS::Service", /./, ({ Properties }) => {
        delete Properties.DeploymentConfiguration.DeploymentCircuitBreaker;
      }),
  ],
  [
    "ECS moves workers between zones",
    /moves workers between zones/,
    (t) =>
      each(t, "AWS::ECS::Service", /./, ({ Properties }) => {
        delete Properties.AvailabilityZoneRebalancing;
      }),
  ],
  [
    "a NAT gateway appears",
    /costs by the hour/,
    (t) => {
      t.Resources.Nat = { Type: "AWS::EC2::NatGateway", Properties: {} };
    },
  ],
  [
    "the network is deleted around the machines",
    /outlives its network/,
    (t) =>
      each(t, "AWS::ECS::CapacityProvider", /^WorkersSpot/, (one) => {
        delete one.DependsOn;
      }),
  ],
  [
    "tasks lose their tags",
    /tasks without tags/,
    (t) =>
      each(t, "AWS::ECS::Service", /./, ({ Properties }) => {
        delete Properties.PropagateTags;
      }),
  ],
  [
    "on demand has one type of machine again",
    /has the price protection of AWS/,
    (t) =>
      each(t, "AWS::ECS::CapacityProvider", /OnDemand/, ({ Properties }) => {
        delete Properties.ManagedInstancesProvider.InstanceLaunchTemplate.InstanceRequirements
          .OnDemandMaxPricePercentageOverLowestPrice;
      }),
  ],
  [
    "a machine of any size is bought",
    /has no vCPU maximum/,
    (t) =>
      each(t, "AWS::ECS::CapacityProvider", /Spot/, ({ Properties }) => {
        delete Properties.ManagedInstancesProvider.InstanceLaunchTemplate.InstanceRequirements.VCpuCount.Max;
      }),
  ],
  [
    "a new version comes to all workers at once",
    /changes its version with the deployment/,
    (t) =>
      each(t, "AWS::ECS::Service", /Spot/, ({ Properties }) => {
        Properties.TaskDefinition = { Ref: "WorkersTask" };
      }),
  ],
  [
    "a service cannot go back to the version before",
    /forgets the version before/,
    (t) =>
      each(t, "AWS::ECS::TaskDefinition", /./, (one) => {
        delete one.UpdateReplacePolicy;
      }),
  ],
];
