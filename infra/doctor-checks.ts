import type { Finding } from "./account/finding.ts";
import { checkSubnets, type NetworkFacts } from "./account/subnet-checks.ts";
import type { CallSettings } from "./config/called-services.ts";
import { hasEdgeLogs } from "./constructs/edge/edge-log-regions.ts";

/** Checks of `npm run doctor:aws` on the facts it read: pure, so they can be tested without an account. */
export interface AccountFacts {
  readonly account?: string;
  readonly region: string;
  /**
   * vCPUs of "All G and VT Spot Instance Requests" and "Running On-Demand G and VT instances"; absent: could not be
   * read.
   */
  readonly spotGpuVcpus?: number;
  readonly onDemandGpuVcpus?: number;
  /** Types among those wanted that the region offers. */
  readonly offeredTypes: readonly string[];
  /** Availability zones of the region; absent: could not be read. */
  readonly zones?: number;
  readonly bootstrapped: boolean;
  readonly deniedActions: readonly string[];
  /** Role with which API Gateway writes logs; absent: there is none. */
  readonly gatewayLogRole?: string;
  /** Services without their service-linked role, such as `spot.amazonaws.com`. */
  readonly missingLinkedRoles: readonly string[];
  /** Invocations of Lambda that the account may have at once in the region; absent: could not be read. */
  readonly lambdaConcurrency?: number;
  /** The existing VPC that the settings name; absent: it could not be read. */
  readonly network?: NetworkFacts;
  /** Absent when not requested. */
  readonly imageFound?: boolean;
  readonly weightsFound?: boolean;
}

export interface Wanted extends CallSettings {
  readonly zones: number;
  readonly spot: boolean;
  readonly maxWorkers: number;
  readonly workerImage: string;
  readonly weightsPrefix: string;
  readonly instanceTypes: readonly string[];
  /** Existing VPC and subnets, or empty. */
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
}

/** An xlarge GPU machine. */
const vcpusPerWorker = 4;
const quotaPage = "https://console.aws.amazon.com/servicequotas/home/services/ec2/quotas";

export function diagnose(facts: AccountFacts, wanted: Wanted): Finding[] {
  if (facts.account === undefined) {
    return [{ level: "problem", text: "there are no credentials; set AWS_PROFILE, or run: aws configure" }];
  }
  return [
    { level: "ok", text: `account ${facts.account}, region ${facts.region}` },
    ...(wanted.spot ? [quota("spot", facts.spotGpuVcpus, wanted)] : []),
    quota("on-demand", facts.onDemandGpuVcpus, wanted),
    facts.offeredTypes.length > 0
      ? { level: "ok", text: `${facts.region} offers ${facts.offeredTypes.slice(0, 4).join(", ")}` }
      : {
          level: "problem",
          text:
            `${facts.region} offers none of ${wanted.instanceTypes.join(", ")}; choose another region, or other ` +
            "types with -c instanceTypes=…",
        },
    ...(wanted.vpcId === ""
      ? [zones(facts, wanted)]
      : checkSubnets(facts.network, { ...wanted, region: facts.region })),
    ...edgeLogs(facts),
    ...facts.missingLinkedRoles.map(linkedRole),
    lambdaConcurrency(facts),
    facts.gatewayLogRole !== undefined
      ? { level: "ok", text: `API Gateway writes logs with ${facts.gatewayLogRole}` }
      : {
          level: "warning",
          text:
            "API Gateway has no role to write logs with, and refuses a stage that has access logs; npm run deploy makes " +
            "and sets one (others: API Gateway, Settings, CloudWatch log role ARN)",
        },
    facts.bootstrapped
      ? { level: "ok", text: "the region is bootstrapped for the CDK" }
      : { level: "warning", text: "the region is not bootstrapped for the CDK; npm run deploy does it" },
    facts.deniedActions.length === 0
      ? { level: "ok", text: "the credentials may do what a deployment does, as far as IAM's simulator tells" }
      : {
          level: "problem",
          text:
            `the credentials may not: ${facts.deniedActions.join(", ")}; deploy with a role that may, for ` +
            "example AdministratorAccess of a sandbox account",
        },
    image(facts, wanted),
    facts.weightsFound === true
      ? { level: "ok", text: `the weights ${wanted.weightsPrefix} are uploaded` }
      : { level: "warning", text: "the weights are not uploaded yet; npm run deploy -- --weights DIR does it" },
  ];
}

function edgeLogs({ region }: AccountFacts): Finding[] {
  if (hasEdgeLogs(region)) return [];
  const text = `CloudFront delivers access logs to no bucket of ${region}; API Gateway's and S3's are kept`;
  return [{ level: "warning", text }];
}

function zones({ region, zones }: AccountFacts, wanted: Wanted): Finding {
  if (zones === undefined) return { level: "warning", text: `the zones of ${region} could not be read` };
  return zones >= wanted.zones
    ? { level: "ok", text: `${region} has ${zones} availability zones` }
    : {
        level: "problem",
        text: `${region} has ${zones} availability zones, and the network is to have ${wanted.zones}; give -c zones=${zones}`,
      };
}

/** AWS makes these at the first use of the service, if the first user may; the first start then often fails once. */
function linkedRole(service: string): Finding {
  const command = `aws iam create-service-linked-role --aws-service-name ${service}`;
  return { level: "warning", text: `the account has never used ${service}; machines start at once after: ${command}` };
}

/** Below this, held requests can take all there is, and nothing may be reserved for the tick. */
const roomyConcurrency = 200;

function lambdaConcurrency({ lambdaConcurrency: most }: AccountFacts): Finding {
  const name = "Concurrent executions";
  if (most === undefined) return { level: "warning", text: `Lambda's quota "${name}" could not be read` };
  if (most >= roomyConcurrency)
    return {
      level: "ok",
      text: `Lambda may run ${most} invocations at once; -c reserveConcurrency=true keeps 12 of them for the tick and the dispatcher`,
    };
  const command =
    "aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000";
  return {
    level: "warning",
    text:
      `Lambda may run ${most} invocations at once, for everything in the region: every request that waits for its image ` +
      `holds one, and nothing can be reserved for the tick; ask for more with: ${command}`,
  };
}

function quota(kind: "spot" | "on-demand", vcpus: number | undefined, { maxWorkers }: Wanted): Finding {
  const name = kind === "spot" ? "All G and VT Spot Instance Requests" : "Running On-Demand G and VT instances";
  if (vcpus === undefined) return { level: "warning", text: `the quota "${name}" could not be read; see ${quotaPage}` };
  const workers = Math.floor(vcpus / vcpusPerWorker);
  if (workers >= maxWorkers)
    return { level: "ok", text: `${kind} quota: ${vcpus} vCPUs, enough for ${workers} workers` };
  const ask = `ask for ${vcpusPerWorker * maxWorkers} vCPUs of "${name}" at ${quotaPage} (hours to days)`;
  return workers === 0
    ? {
        level: "problem",
        text: `${kind} quota: ${vcpus} vCPUs, not enough for one worker, so none would ever start; ${ask}`,
      }
    : {
        level: "warning",
        text: `${kind} quota: ${vcpus} vCPUs, enough for ${workers} of ${maxWorkers} workers; ${ask}`,
      };
}

function image({ imageFound }: AccountFacts, { workerImage }: Wanted): Finding {
  if (workerImage === "") {
    return {
      level: "warning",
      text: "no workerImage: the API will run and jobs will wait; give -c workerImage=name:tag or =asset",
    };
  }
  if (workerImage === "asset")
    return {
      level: "ok",
      text: "the worker image is built here at deployment; that needs docker, or CDK_DOCKER=podman",
    };
  return imageFound
    ? { level: "ok", text: `the worker image ${workerImage} is in ECR` }
    : { level: "problem", text: `there is no image ${workerImage} in ECR of this region; push it, see docs/deploy.md` };
}
