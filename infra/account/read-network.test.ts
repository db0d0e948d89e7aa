import type { EC2Client } from "@aws-sdk/client-ec2";
import { expect, it } from "vitest";
import { readNetwork } from "./read-network.ts";

const answers: { readonly [command: string]: object } = {
  DescribeSubnetsCommand: {
    Subnets: [
      {
        SubnetId: "subnet-a",
        VpcId: "vpc-1",
        AvailabilityZone: "a",
        AvailableIpAddressCount: 9,
        MapPublicIpOnLaunch: true,
      },
      { SubnetId: "subnet-b", VpcId: "vpc-1", AvailabilityZone: "b", AvailableIpAddressCount: 8 },
      { SubnetId: "subnet-c", VpcId: "vpc-1", AvailabilityZone: "c", AvailableIpAddressCount: 7 },
    ],
  },
  DescribeRouteTablesCommand: {
    RouteTables: [
      {
        RouteTableId: "rtb-main",
        Associations: [{ Main: true }],
        Routes: [{ DestinationCidrBlock: "10.0.0.0/16", GatewayId: "local" }],
      },
      {
        RouteTableId: "rtb-a",
        Associations: [{ SubnetId: "subnet-a" }],
        Routes: [{ DestinationCidrBlock: "0.0.0.0/0", GatewayId: "igw-1", State: "active" }],
      },
      {
        RouteTableId: "rtb-b",
        Associations: [{ SubnetId: "subnet-b" }],
        Routes: [{ DestinationCidrBlock: "0.0.0.0/0", NatGatewayId: "nat-1", State: "blackhole" }],
      },
    ],
  },
  DescribeVpcEndpointsCommand: {
    VpcEndpoints: [
      { ServiceName: "com.amazonaws.eu-west-1.ecr.api", State: "available", PrivateDnsEnabled: true },
      { ServiceName: "com.amazonaws.eu-west-1.s3", State: "Available", RouteTableIds: ["rtb-a"] },
      { ServiceName: "com.amazonaws.eu-west-1.sqs", State: "pending", PrivateDnsEnabled: true },
    ],
  },
  DescribeVpcAttributeCommand: { EnableDnsSupport: { Value: true }, EnableDnsHostnames: { Value: true } },
};
const ec2 = { send: async (command: object) => answers[command.constructor.name] } as unknown as EC2Client;

it("reads the routes of each subnet, the main table where none is associated, and the endpoints that are up", async () => {
  const { subnets, endpoints, hasDns } = await readNetwork(ec2, "vpc-1", ["subnet-a", "subnet-b", "subnet-c"]);
  expect(subnets).toMatchObject([
    {
      id: "subnet-a",
      freeAddresses: 9,
      givesPublicAddresses: true,
      defaultRoute: "internet gateway",
      routeTableId: "rtb-a",
    },
    // Its NAT gateway was deleted.
    { id: "subnet-b", givesPublicAddresses: false, defaultRoute: undefined, routeTableId: "rtb-b" },
    { id: "subnet-c", defaultRoute: undefined, routeTableId: "rtb-main" },
  ]);
  expect(endpoints).toEqual([
    { service: "ecr.api", hasPrivateDns: true, routeTableIds: [] },
    { service: "s3", hasPrivateDns: false, routeTableIds: ["rtb-a"] },
  ]);
  expect(hasDns).toBe(true);
});
