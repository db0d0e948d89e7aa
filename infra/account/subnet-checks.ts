import { type CallSettings, calledServices, gatewayServices } from "../config/called-services.ts";
import type { Finding } from "./finding.ts";

/** A subnet as workers would start in it. */
export interface SubnetFacts {
  readonly id: string;
  readonly vpcId: string;
  readonly zone: string;
  readonly freeAddresses: number;
  readonly givesPublicAddresses: boolean;
  readonly routeTableId?: string;
  /** Where traffic to any address goes; absent: nowhere. */
  readonly defaultRoute?: "internet gateway" | "NAT gateway" | "another way out";
}

/** An endpoint of the VPC. */
interface EndpointFacts {
  /** As in `com.amazonaws.REGION.NAME`. */
  readonly service: string;
  readonly hasPrivateDns: boolean;
  /** Of a gateway endpoint. */
  readonly routeTableIds: readonly string[];
}

export interface NetworkFacts {
  readonly subnets: readonly SubnetFacts[];
  readonly endpoints: readonly EndpointFacts[];
  readonly hasDns: boolean;
}

export interface WantedNetwork extends CallSettings {
  readonly region: string;
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly maxWorkers: number;
}

/**
 * Whether workers that start in these subnets reach what they call: by a NAT gateway, with an address of their own
 * through an internet gateway, or through endpoints. Pure.
 * @param facts - absent: they could not be read
 */
export function checkSubnets(facts: NetworkFacts | undefined, wanted: WantedNetwork): Finding[] {
  if (facts === undefined) {
    return [{ level: "warning", text: `the subnets of ${wanted.vpcId} could not be read` }];
  }
  const strangers = wanted.subnetIds.filter(
    (id) => !facts.subnets.some((one) => one.id === id && one.vpcId === wanted.vpcId),
  );
  if (strangers.length > 0) {
    return [{ level: "problem", text: `${wanted.vpcId} has no subnet ${strangers.join(", ")}` }];
  }
  const closed = facts.subnets.filter((subnet) => !leadsOut(subnet));
  const findings = [
    ...facts.subnets.flatMap((subnet) => addresses(subnet, wanted)),
    ...(closed.length === 0 ? [] : endpointsOf(closed, facts, wanted)),
    ...missingGateways(facts, wanted, closed),
  ];
  const ways = facts.subnets.map(({ id, zone, defaultRoute }) => `${id} (${zone}, ${defaultRoute ?? "endpoints"})`);
  return findings.some(({ level }) => level === "problem")
    ? findings
    : [{ level: "ok", text: `workers reach AWS from ${ways.join(", ")}` }, ...findings];
}

/** An internet gateway serves machines with public addresses alone. */
const leadsOut = ({ defaultRoute, givesPublicAddresses }: SubnetFacts): boolean =>
  defaultRoute !== undefined && (defaultRoute !== "internet gateway" || givesPublicAddresses);

function addresses({ id, freeAddresses }: SubnetFacts, { maxWorkers }: WantedNetwork): Finding[] {
  if (freeAddresses >= maxWorkers) return [];
  const level = freeAddresses === 0 ? "problem" : "warning";
  return [{ level, text: `${id} has ${freeAddresses} free addresses, and maxWorkers is ${maxWorkers}` }];
}

function endpointsOf(
  closed: readonly SubnetFacts[],
  { endpoints, hasDns }: NetworkFacts,
  { region, vpcId, ...traces }: WantedNetwork,
): Finding[] {
  const ids = closed.map(({ id }) => id);
  const unaddressed = closed.filter(({ defaultRoute }) => defaultRoute === "internet gateway").map(({ id }) => id);
  const hint =
    unaddressed.length === 0
      ? ""
      : `, or let ${unaddressed.join(", ")} give addresses: aws ec2 modify-subnet-attribute --map-public-ip-on-launch --subnet-id ${unaddressed[0]}`;
  const missing = calledServices(traces).filter(({ name }) => !endpoints.some(({ service }) => service === name));
  const dark = calledServices(traces).filter(({ name }) =>
    endpoints.some(({ service, hasPrivateDns }) => service === name && !hasPrivateDns),
  );
  return [
    ...missing.map(
      ({ name }): Finding => ({
        level: "problem",
        text:
          `nothing leads from ${ids.join(", ")} to ${name}; make an endpoint, in a group that admits the workers' on 443: ` +
          `aws ec2 create-vpc-endpoint --vpc-endpoint-type Interface --private-dns-enabled --vpc-id ${vpcId} ` +
          `--service-name com.amazonaws.${region}.${name} --subnet-ids ${ids.join(" ")} --security-group-ids GROUP${hint}`,
      }),
    ),
    ...dark.map(
      ({ name }): Finding => ({
        level: "problem",
        text: `the endpoint of ${name} is not found under the service's own name; switch its private DNS on`,
      }),
    ),
    ...(hasDns
      ? []
      : [
          {
            level: "problem",
            text:
              `${vpcId} resolves no names of endpoints: aws ec2 modify-vpc-attribute --vpc-id ${vpcId} ` +
              "--enable-dns-support; the same with --enable-dns-hostnames",
          } as const,
        ]),
  ];
}

/** Needed where nothing else leads out; elsewhere they keep the weights, at every start, off a NAT gateway's bill. */
function missingGateways(
  { subnets, endpoints }: NetworkFacts,
  { region, vpcId }: WantedNetwork,
  closed: readonly SubnetFacts[],
): Finding[] {
  return gatewayServices.flatMap((name): Finding[] => {
    const served = endpoints.filter(({ service }) => service === name).flatMap(({ routeTableIds }) => routeTableIds);
    const without = subnets.filter(({ routeTableId }) => !served.includes(String(routeTableId)));
    if (without.length === 0) return [];
    const tables = [...new Set(without.map(({ routeTableId }) => routeTableId ?? "ROUTE_TABLE"))];
    const command =
      `aws ec2 create-vpc-endpoint --vpc-endpoint-type Gateway --vpc-id ${vpcId} ` +
      `--service-name com.amazonaws.${region}.${name} --route-table-ids ${tables.join(" ")}`;
    const cutOff = without.filter((one) => closed.includes(one)).map(({ id }) => id);
    return [
      cutOff.length > 0
        ? { level: "problem", text: `nothing leads from ${cutOff.join(", ")} to ${name}: ${command}` }
        : {
            level: "warning",
            text: `traffic to ${name} goes through the ${without[0]!.defaultRoute}, which may be paid by the GB; a gateway endpoint is free: ${command}`,
          },
    ];
  });
}
