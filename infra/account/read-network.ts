import {
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcEndpointsCommand,
  type EC2Client,
  type Route,
  type RouteTable,
} from "@aws-sdk/client-ec2";
import type { NetworkFacts, SubnetFacts } from "./subnet-checks.ts";

/** An existing network as `checkSubnets` judges it. Reads alone. */
export async function readNetwork(
  ec2: Pick<EC2Client, "send">,
  vpcId: string,
  subnetIds: readonly string[],
): Promise<NetworkFacts> {
  const inVpc = { Filters: [{ Name: "vpc-id", Values: [vpcId] }] };
  const attribute = async (Attribute: "enableDnsSupport" | "enableDnsHostnames") => {
    const answer = await ec2.send(new DescribeVpcAttributeCommand({ VpcId: vpcId, Attribute }));
    return (Attribute === "enableDnsSupport" ? answer.EnableDnsSupport : answer.EnableDnsHostnames)?.Value === true;
  };
  const [{ Subnets = [] }, { RouteTables = [] }, { VpcEndpoints = [] }, resolves, names] = await Promise.all([
    ec2.send(new DescribeSubnetsCommand({ Filters: [{ Name: "subnet-id", Values: [...subnetIds] }] })),
    ec2.send(new DescribeRouteTablesCommand(inVpc)),
    ec2.send(new DescribeVpcEndpointsCommand(inVpc)),
    attribute("enableDnsSupport"),
    attribute("enableDnsHostnames"),
  ]);
  return {
    subnets: Subnets.map((subnet): SubnetFacts => {
      const id = String(subnet.SubnetId);
      const table = tableOf(id, RouteTables);
      return {
        id,
        vpcId: String(subnet.VpcId),
        zone: String(subnet.AvailabilityZone),
        freeAddresses: subnet.AvailableIpAddressCount ?? 0,
        givesPublicAddresses: subnet.MapPublicIpOnLaunch === true,
        routeTableId: table?.RouteTableId,
        defaultRoute: wayOut(table?.Routes ?? []),
      };
    }),
    endpoints: VpcEndpoints.filter(({ State }) => /^available$/i.test(String(State))).map((one) => ({
      service: String(one.ServiceName).replace(/^(cn\.)?com\.amazonaws\.[a-z0-9-]+\./, ""),
      hasPrivateDns: one.PrivateDnsEnabled === true,
      routeTableIds: one.RouteTableIds ?? [],
    })),
    hasDns: resolves && names,
  };
}

/** The table that is associated with the subnet; else the VPC's main one. */
function tableOf(subnetId: string, tables: readonly RouteTable[]): RouteTable | undefined {
  const associated = (test: (association: { SubnetId?: string; Main?: boolean }) => boolean) =>
    tables.find(({ Associations = [] }) => Associations.some(test));
  return associated(({ SubnetId }) => SubnetId === subnetId) ?? associated(({ Main }) => Main === true);
}

function wayOut(routes: readonly Route[]): SubnetFacts["defaultRoute"] {
  const found = routes.find(
    ({ DestinationCidrBlock, State }) => DestinationCidrBlock === "0.0.0.0/0" && State !== "blackhole",
  );
  if (found === undefined) return undefined;
  if (found.NatGatewayId !== undefined) return "NAT gateway";
  return found.GatewayId?.startsWith("igw-") ? "internet gateway" : "another way out";
}
