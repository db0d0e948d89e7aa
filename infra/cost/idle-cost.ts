import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Template } from "../guarantees/guarantee.ts";

/** What a deployment costs in a month in which nothing is requested, stored bytes apart. */
export interface IdleCost {
  /** USD a month by what is paid, largest first. */
  readonly items: readonly { readonly what: string; readonly usd: number }[];
  readonly usd: number;
}

interface Prices {
  readonly [name: string]: number;
}

const prices = JSON.parse(readFileSync(join(import.meta.dirname, "idle-prices.json"), "utf8")) as Prices;
const price = (name: string): number => {
  const found = prices[name];
  if (found === undefined) throw new Error(`idle-prices.json has no ${name}`);
  return found;
};

const hoursAMonth = 730;
const minutesAMonth = hoursAMonth * 60;
/** Seconds that a tick with nothing to do is billed for; taken to be 1, since it was not measured on AWS. */
const tickSeconds = 1;
/** Reads of a tick with nothing to do; rounded up from the queries of its parts. */
const tickReads = 20;
/** Lambda asks a queue five times at once, for 20 seconds each time, as its documentation describes it. */
const pollsAMonth = (5 * hoursAMonth * 3600) / 20;

/** Counts what is paid by the month, whether or not anything is requested, in the templates of a deployment. */
export function idleCost(templates: readonly Template[]): IdleCost {
  const resources = templates.flatMap(({ Resources }) => Object.values(Resources));
  const ofType = (type: string) => resources.filter(({ Type }) => Type === type);
  const count = (type: string) => ofType(type).length;
  const sum = (type: string, size: (properties: { readonly [name: string]: unknown }) => number) =>
    ofType(type).reduce((total, { Properties }) => total + size(Properties), 0);
  const lengthOf = (list: unknown): number => (Array.isArray(list) ? list.length : 0);
  const endpointZones = sum("AWS::EC2::VPCEndpoint", ({ VpcEndpointType, SubnetIds }) =>
    VpcEndpointType === "Interface" ? lengthOf(SubnetIds) : 0,
  );
  const tickGb = 0.25;
  const items = [
    { what: "secrets", usd: count("AWS::SecretsManager::Secret") * price("secret") },
    { what: "alarms", usd: count("AWS::CloudWatch::Alarm") * price("alarm") },
    { what: "keys", usd: count("AWS::KMS::Key") * price("customerKey") },
    { what: "interface endpoints", usd: endpointZones * hoursAMonth * price("interfaceEndpointHour") },
    {
      what: "firewall",
      usd:
        count("AWS::WAFv2::WebACL") * price("webAcl") +
        sum("AWS::WAFv2::WebACL", ({ Rules }) => lengthOf(Rules)) * price("webAclRule"),
    },
    {
      what: "the tick",
      usd:
        count("AWS::Events::Rule") *
        minutesAMonth *
        (price("lambdaRequest") +
          tickSeconds * tickGb * price("lambdaGbSecond") +
          tickReads * price("dynamoDbReadUnit")),
    },
    {
      what: "Lambda's looks into queues",
      usd: count("AWS::Lambda::EventSourceMapping") * pollsAMonth * price("sqsRequest"),
    },
  ].filter(({ usd }) => usd > 0);
  return {
    items: items.sort((a, b) => b.usd - a.usd),
    usd: items.reduce((total, { usd }) => total + usd, 0),
  };
}

/** The same as lines for a terminal. */
export function describeIdleCost({ items, usd }: IdleCost): string {
  const parts = items.map((item) => `${item.what} ${item.usd.toFixed(2)}`).join(", ");
  return `While nothing is drawn: about ${usd.toFixed(2)} USD a month (${parts}), and ${price("storedGbMonth")} for each GB stored.`;
}
