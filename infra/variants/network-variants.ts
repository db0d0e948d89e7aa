import { atLeast, ids, ofType, property } from "../guarantees/guarantee.ts";
import { each } from "../guarantees/mutations/mutation.ts";
import { type Variant, workerImage } from "./variant.ts";

const vpcId = "vpc-0123456789abcdef0";
const subnetIds = ["subnet-0123456789abcdef0", "subnet-1123456789abcdef0"];

/**
 * What the worker and the ECS agent of its machine call, and what therefore needs an endpoint where nothing else leads
 * out.
 */
const calledServices = ["ecs", "ecs-agent", "ecs-telemetry", "ecr.api", "ecr.dkr", "logs", "sqs", "kms"];

/** Types that make a way out of a network, or a network. */
const networkTypes = [
  "AWS::EC2::VPC",
  "AWS::EC2::Subnet",
  "AWS::EC2::RouteTable",
  "AWS::EC2::InternetGateway",
  "AWS::EC2::NatGateway",
  "AWS::EC2::VPCEndpoint",
  "AWS::EC2::FlowLog",
];

/** The network of the workers: a private one of their own, or a platform team's. */
export const networkVariants: readonly Variant[] = [
  {
    name: "private",
    context: { network: "private", workerImage },
    guarantees: [
      {
        name: "a private network has no way to the internet, and an endpoint for every service that is called",
        broken(resources) {
          const endpoints = ofType(resources, "AWS::EC2::VPCEndpoint");
          const named = (service: string) =>
            endpoints.filter(({ Properties }) => JSON.stringify(Properties.ServiceName).includes(`.${service}"`));
          const interfaces = endpoints.filter(({ Properties }) => Properties.VpcEndpointType === "Interface");
          return [
            ...ids(ofType(resources, "AWS::EC2::InternetGateway")),
            ...ids(ofType(resources, "AWS::EC2::NatGateway")),
            ...ofType(resources, "AWS::EC2::Subnet")
              .filter(({ Properties }) => Properties.MapPublicIpOnLaunch === true)
              .map(({ id }) => `${id} gives addresses`),
            ...[...calledServices, "s3", "dynamodb"]
              .filter((service) => named(service).length !== 1)
              .map((service) => `no endpoint for ${service}`),
            ...interfaces
              .filter(({ Properties }) => Properties.PrivateDnsEnabled !== true)
              .map(({ id }) => `${id} is not found under the service's own name`),
            ...interfaces
              .filter(
                ({ Properties }) => !JSON.stringify(Properties.SecurityGroupIds).includes("EndpointSecurityGroup"),
              )
              .map(({ id }) => `${id} lets no worker in`),
            ...atLeast(
              ofType(resources, "AWS::EC2::SecurityGroupIngress").filter(({ Properties }) =>
                JSON.stringify(Properties.SourceSecurityGroupId).includes("WorkersNetworkSecurityGroup"),
              ),
              1,
              "way from the workers to the endpoints",
            ),
          ];
        },
      },
    ],
    mutations: [
      [
        "an endpoint is left out",
        /no endpoint for ecs-telemetry/,
        (t) => {
          for (const [id, { Properties }] of Object.entries(t.Resources)) {
            if (JSON.stringify(Properties?.ServiceName ?? "").includes("ecs-telemetry")) delete t.Resources[id];
          }
        },
      ],
      [
        "an internet gateway appears",
        /no way to the internet.*Gateway/,
        (t) => {
          t.Resources.Gateway = { Type: "AWS::EC2::InternetGateway", Properties: {} };
        },
      ],
      [
        "a subnet gives addresses",
        /gives addresses/,
        (t) =>
          each(t, "AWS::EC2::Subnet", /./, ({ Properties }) => {
            Properties.MapPublicIpOnLaunch = true;
          }),
      ],
    ],
  },
  ...(["mi", "asg"] as const).map(
    (compute): Variant => ({
      name: `existing VPC, ${compute}`,
      context: { vpcId, subnetIds: subnetIds.join(","), workerImage, compute },
      guarantees: [
        {
          name: "in an existing VPC nothing of a network is made, and machines start in the subnets that were named",
          broken(resources) {
            const named = [
              ...ofType(resources, "AWS::ECS::CapacityProvider").map((one) => ({
                ...one,
                subnets: property(
                  one.Properties,
                  "ManagedInstancesProvider",
                  "InstanceLaunchTemplate",
                  "NetworkConfiguration",
                  "Subnets",
                ),
              })),
              ...ofType(resources, "AWS::AutoScaling::AutoScalingGroup").map((one) => ({
                ...one,
                subnets: one.Properties.VPCZoneIdentifier,
              })),
            ].filter(({ subnets }) => subnets !== undefined);
            return [
              ...resources.filter(({ Type }) => networkTypes.includes(Type)).map(({ id }) => `${id} is made`),
              ...named
                .filter(({ subnets }) => JSON.stringify(subnets) !== JSON.stringify(subnetIds))
                .map(({ id, subnets }) => `${id} starts in ${JSON.stringify(subnets)}`),
              ...ofType(resources, "AWS::EC2::SecurityGroup")
                .filter(({ Properties }) => Properties.VpcId !== vpcId)
                .map(({ id }) => `${id} is of another VPC`),
              ...atLeast(named, 2, "capacity in named subnets"),
            ];
          },
        },
      ],
      mutations: [
        [
          "an endpoint appears in a VPC of others",
          /Endpoint is made/,
          (t) => {
            t.Resources.Endpoint = { Type: "AWS::EC2::VPCEndpoint", Properties: {} };
          },
        ],
        [
          "the security group is of another VPC",
          /of another VPC/,
          (t) =>
            each(t, "AWS::EC2::SecurityGroup", /./, ({ Properties }) => {
              Properties.VpcId = { Ref: "Vpc" };
            }),
        ],
      ],
    }),
  ),
];
