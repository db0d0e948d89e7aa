import { describe, expect, it } from "vitest";
import { checkSubnets, type NetworkFacts, type SubnetFacts } from "./subnet-checks.ts";

const wanted = {
  region: "eu-central-1",
  vpcId: "vpc-1",
  subnetIds: ["subnet-a"],
  maxWorkers: 4,
  traces: "",
  tracesHeadersSecret: "",
  moderationKeySecret: "",
  signing: "off",
};
const subnet: SubnetFacts = {
  ...{ id: "subnet-a", vpcId: "vpc-1", zone: "eu-central-1a", freeAddresses: 200, givesPublicAddresses: false },
  ...{ routeTableId: "rtb-1", defaultRoute: "NAT gateway" },
};
const services = ["ecs", "ecs-agent", "ecs-telemetry", "ecr.api", "ecr.dkr", "logs", "sqs"];
const endpoint = (service: string, routeTableIds: string[] = []) => ({ service, hasPrivateDns: true, routeTableIds });
const gateways = [endpoint("s3", ["rtb-1"]), endpoint("dynamodb", ["rtb-1"])];
const facts = (changes: Partial<SubnetFacts> = {}, network: Partial<NetworkFacts> = {}): NetworkFacts => ({
  ...{ subnets: [{ ...subnet, ...changes }], endpoints: gateways, hasDns: true },
  ...network,
});
const texts = (found: ReturnType<typeof checkSubnets>) =>
  found.map(({ level, text }) => `${level}: ${text}`).join("\n");
const closed = { defaultRoute: undefined };

describe("subnets of an existing VPC", () => {
  it.each([
    ["a NAT gateway", facts()],
    ["another way out, as a transit gateway", facts({ defaultRoute: "another way out" })],
    ["addresses and an internet gateway", facts({ defaultRoute: "internet gateway", givesPublicAddresses: true })],
    ["endpoints alone", facts(closed, { endpoints: [...gateways, ...services.map((one) => endpoint(one))] })],
  ])("are right with %s", (_what, network) => {
    expect(checkSubnets(network, wanted)).toEqual([
      { level: "ok", text: expect.stringMatching(/^workers reach AWS from subnet-a/) },
    ]);
  });

  it("without a way out need every endpoint: those that are missing are named, each with its command", () => {
    const found = checkSubnets(facts(closed, { endpoints: [endpoint("sqs"), endpoint("logs")] }), wanted);
    expect(found.every(({ level }) => level === "problem")).toBe(true);
    const all = texts(found);
    for (const name of ["ecs", "ecs-agent", "ecs-telemetry", "ecr.api", "ecr.dkr", "s3", "dynamodb"])
      expect(all).toMatch(new RegExp(`create-vpc-endpoint .*--service-name com.amazonaws.eu-central-1.${name} `));
    expect(all).not.toMatch(/eu-central-1\.(sqs|logs) /);
    expect(all).toContain(
      "--vpc-endpoint-type Gateway --vpc-id vpc-1 --service-name com.amazonaws.eu-central-1.s3 --route-table-ids rtb-1",
    );
  });

  it("need an endpoint for X-Ray where spans are sent there", () => {
    const network = facts(closed, { endpoints: [...gateways, ...services.map((one) => endpoint(one))] });
    expect(texts(checkSubnets(network, { ...wanted, traces: "xray" }))).toMatch(/^problem: nothing leads .* to xray/);
    expect(texts(checkSubnets(network, { ...wanted, tracesHeadersSecret: "token" }))).toMatch(/to secretsmanager/);
  });

  it("with an internet gateway and no addresses are as good as closed", () => {
    const found = texts(checkSubnets(facts({ defaultRoute: "internet gateway" }), wanted));
    expect(found).toMatch(/problem: nothing leads from subnet-a to sqs.*map-public-ip-on-launch --subnet-id subnet-a/);
  });

  it("are told of endpoints that no name leads to, of bills that need not be, and of too few addresses", () => {
    const dark = services.map((service) => ({ ...endpoint(service), hasPrivateDns: false }));
    expect(texts(checkSubnets(facts(closed, { endpoints: [...gateways, ...dark] }), wanted))).toMatch(
      /problem: the endpoint of ecs is not found under the service's own name/,
    );
    const open = { endpoints: [...gateways, ...services.map((one) => endpoint(one))], hasDns: false };
    expect(texts(checkSubnets(facts(closed, open), wanted))).toMatch(/problem: vpc-1 resolves no names/);
    expect(texts(checkSubnets(facts({}, { endpoints: [] }), wanted))).toMatch(
      /warning: traffic to s3 .* paid by the GB/,
    );
    expect(texts(checkSubnets(facts({ freeAddresses: 2 }), wanted))).toMatch(/warning: subnet-a has 2 free addresses/);
    expect(texts(checkSubnets(facts({ freeAddresses: 0 }), wanted))).toMatch(/^problem: subnet-a has 0 free/);
  });

  it("must be there, and of the VPC", () => {
    expect(texts(checkSubnets(facts({ vpcId: "vpc-2" }), wanted))).toBe("problem: vpc-1 has no subnet subnet-a");
    expect(texts(checkSubnets({ ...facts(), subnets: [] }, wanted))).toBe("problem: vpc-1 has no subnet subnet-a");
    expect(texts(checkSubnets(undefined, wanted))).toMatch(/could not be read/);
  });
});
