import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { expect, it } from "vitest";
import { WorkerNetwork, type WorkerNetworkProps } from "./worker-network.ts";

function template(props: Partial<WorkerNetworkProps> = {}) {
  const stack = new Stack(new App(), "S");
  const all = {
    network: "public",
    vpcId: "",
    subnetIds: [],
    traces: "",
    tracesHeadersSecret: "",
    moderationKeySecret: "",
    signing: "off",
    logRetention: 30,
    ...props,
  } as const;
  new WorkerNetwork(stack, "N", all);
  return Template.fromStack(stack);
}

const endpointsOf = (found: Template) =>
  Object.values(found.findResources("AWS::EC2::VPCEndpoint")).map(({ Properties }) => Properties.VpcEndpointType);

it("lets workers send TLS and takes nothing in", () => {
  template().hasResourceProperties("AWS::EC2::SecurityGroup", {
    SecurityGroupEgress: [{ CidrIp: "0.0.0.0/0", IpProtocol: "tcp", FromPort: 443, ToPort: 443 }],
  });
  for (const { Properties } of Object.values(template().findResources("AWS::EC2::SecurityGroup"))) {
    expect(Properties).not.toHaveProperty("SecurityGroupIngress");
  }
});

it("has an internet gateway and no interface endpoint in public, and the reverse in private", () => {
  const [open, closed] = [template(), template({ network: "private" })];
  open.resourceCountIs("AWS::EC2::InternetGateway", 1);
  closed.resourceCountIs("AWS::EC2::InternetGateway", 0);
  for (const network of [open, closed]) network.resourceCountIs("AWS::EC2::NatGateway", 0);
  expect(endpointsOf(open)).toEqual(["Gateway", "Gateway"]);
  expect(endpointsOf(closed).filter((type) => type === "Interface")).toHaveLength(7);
});

it("reaches X-Ray from a private network where spans go there", () => {
  expect(endpointsOf(template({ network: "private", traces: "xray" }))).toHaveLength(2 + 8);
});

it("makes nothing but the security group in a VPC that is there", () => {
  const existing = template({ network: "private", vpcId: "vpc-1", subnetIds: ["subnet-1", "subnet-2"] });
  const resources = Object.values(existing.toJSON().Resources as { readonly [id: string]: { readonly Type: string } });
  expect(resources.map(({ Type }) => Type)).toEqual(["AWS::EC2::SecurityGroup"]);
});
