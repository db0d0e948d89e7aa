import { parseArgs } from "node:util";
import { APIGatewayClient } from "@aws-sdk/client-api-gateway";
import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { DescribeAvailabilityZonesCommand, DescribeInstanceTypeOfferingsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeImagesCommand, ECRClient } from "@aws-sdk/client-ecr";
import { GetRoleCommand, IAMClient, NoSuchEntityException, SimulatePrincipalPolicyCommand } from "@aws-sdk/client-iam";
import { GetServiceQuotaCommand, ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { createAwsClients } from "../shared/aws/clients.ts";
import { openKmsSigner } from "../shared/aws/kms-signer.ts";
import { openS3Objects } from "../shared/aws/objects.ts";
import { readSecretText } from "../shared/aws/read-secret-text.ts";
import { PipelineError } from "../shared/errors.ts";
import { runCommand } from "../shared/process/command-line.ts";
import { gatewayLogRole } from "./account/gateway-log-role.ts";
import { checkNamed, type NamedReaders } from "./account/named-resources.ts";
import { readNetwork } from "./account/read-network.ts";
import { commandConfig } from "./config/command-config.ts";
import type { StackConfig } from "./config/settings.ts";
import { parseWorkerImage } from "./config/worker-image.ts";
import { readDeployedSettings } from "./deploy/deployed-settings.ts";
import { type AccountFacts, diagnose } from "./doctor-checks.ts";

/** `npm run doctor:aws`: reads what a first deployment most often fails on, and changes nothing. */

/** Codes of Service Quotas. */
const spotQuota = "L-3819A6DF";
const onDemandQuota = "L-DB2E81BA";
const lambdaQuota = "L-B99A9384";

/** Service-linked roles that the first machine needs, by service. */
const linkedRoles: { readonly [service: string]: string } = {
  "ecs.amazonaws.com": "AWSServiceRoleForECS",
  "spot.amazonaws.com": "AWSServiceRoleForEC2Spot",
  "autoscaling.amazonaws.com": "AWSServiceRoleForAutoScaling",
};

/** A few of each service that the stack needs; the simulator takes them at once. */
const neededActions = [
  "cloudformation:CreateStack",
  "iam:CreateRole",
  "iam:PutRolePolicy",
  "iam:PassRole",
  "lambda:CreateFunction",
  "dynamodb:CreateTable",
  "sqs:CreateQueue",
  "s3:CreateBucket",
  "apigateway:POST",
  "cloudfront:CreateDistribution",
  "ecs:CreateCluster",
  "ecs:CreateCapacityProvider",
  "ec2:CreateVpc",
  "secretsmanager:CreateSecret",
  "kms:CreateKey",
  "cloudwatch:PutMetricAlarm",
  "events:PutRule",
  "logs:CreateLogGroup",
  "ssm:PutParameter",
  "ecr:CreateRepository",
];

const { values } = parseArgs({
  options: {
    environment: { type: "string" },
    context: { type: "string", short: "c", multiple: true },
    help: { type: "boolean" },
  },
});

/** The response, or nothing when the call is denied or has no result: each finding says what that means. */
const attempt = <T>(question: Promise<T>): Promise<T | undefined> => question.catch(() => undefined);

async function main(): Promise<void> {
  if (values.help) {
    process.stdout.write(
      "npm run doctor:aws -- [--environment NAME] [-c KEY=VALUE]…\n\nChecks account, quotas, region, " +
        "permissions, image and weights before npm run deploy. Changes nothing.\n",
    );
    return;
  }
  const region = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  if (!region) throw new PipelineError("bad_option", "AWS_REGION is not set; for example AWS_REGION=eu-central-1");
  const { environment, context = [] } = values;
  const remembered = await attempt(readDeployedSettings(region, environment ?? "dev"));
  const config = commandConfig({ environment, context, remembered });
  const facts = await readFacts(region, config);
  const named = facts.account === undefined ? [] : await checkNamed(config, namedReaders);
  const findings = [...diagnose(facts, config), ...named];
  const marks = { ok: "ok     ", warning: "warning", problem: "PROBLEM" };
  for (const { level, text } of findings) process.stdout.write(`${marks[level]}  ${text}\n`);
  if (findings.some(({ level }) => level === "problem")) process.exitCode = 1;
}

const namedReaders: NamedReaders = {
  secret: readSecretText,
  async publicKey(arn) {
    const signer = openKmsSigner(arn);
    await signer.publicKey().finally(signer.close);
  },
};

async function readFacts(region: string, config: StackConfig): Promise<AccountFacts> {
  const identity = await attempt(new STSClient({ region }).send(new GetCallerIdentityCommand({})));
  const base = { region, offeredTypes: [], bootstrapped: false, deniedActions: [], missingLinkedRoles: [] };
  if (identity?.Account === undefined) return base;
  const quotas = new ServiceQuotasClient({ region });
  const quota = async (QuotaCode: string, ServiceCode = "ec2") =>
    (await attempt(quotas.send(new GetServiceQuotaCommand({ ServiceCode, QuotaCode }))))?.Quota?.Value;
  const ec2 = new EC2Client({ region });
  const cloudformation = new CloudFormationClient({ region });
  const stack = async (StackName: string) =>
    (await attempt(cloudformation.send(new DescribeStacksCommand({ StackName }))))?.Stacks?.[0];
  const [spotGpuVcpus, onDemandGpuVcpus, offerings, toolkit, own, denied] = await Promise.all([
    quota(spotQuota),
    quota(onDemandQuota),
    attempt(
      ec2.send(
        new DescribeInstanceTypeOfferingsCommand({
          Filters: [{ Name: "instance-type", Values: [...config.instanceTypes] }],
        }),
      ),
    ),
    stack("CDKToolkit"),
    stack(`ZImage-${config.environment}`),
    deniedActions(region, identity.Arn ?? ""),
  ]);
  const bucket = own?.Outputs?.find(({ OutputKey }) => OutputKey === "WeightsBucketName")?.OutputValue;
  return {
    ...base,
    account: identity.Account,
    spotGpuVcpus,
    onDemandGpuVcpus,
    offeredTypes: offerings?.InstanceTypeOfferings?.map(({ InstanceType }) => String(InstanceType)) ?? [],
    network: config.vpcId === "" ? undefined : await attempt(readNetwork(ec2, config.vpcId, config.subnetIds)),
    zones: (await attempt(ec2.send(zonesOfRegion)))?.AvailabilityZones?.length,
    bootstrapped: toolkit !== undefined,
    gatewayLogRole: await attempt(gatewayLogRole({ apiGateway: new APIGatewayClient({ region }) })),
    missingLinkedRoles: await missingLinkedRoles(region, config),
    lambdaConcurrency: await quota(lambdaQuota, "lambda"),
    deniedActions: denied,
    imageFound: await imageFound(region, config.workerImage),
    weightsFound: bucket !== undefined && (await weightsFound(region, bucket, config.weightsPrefix)),
  };
}

/** Empty, too, where the simulator may not be asked: then the deployment itself will tell. */
async function deniedActions(region: string, arn: string): Promise<string[]> {
  // A session's ARN names its role.
  const role = /^(arn:[^:]+):sts::(\d+):assumed-role\/([^/]+)\//.exec(arn);
  const PolicySourceArn = role ? `${role[1]}:iam::${role[2]}:role/${role[3]}` : arn;
  const answer = await attempt(
    new IAMClient({ region }).send(new SimulatePrincipalPolicyCommand({ PolicySourceArn, ActionNames: neededActions })),
  );
  return (answer?.EvaluationResults ?? [])
    .filter(({ EvalDecision }) => EvalDecision !== "allowed")
    .map(({ EvalActionName }) => String(EvalActionName));
}

/** Local zones and the like are not for the stack's subnets. */
const zonesOfRegion = new DescribeAvailabilityZonesCommand({
  Filters: [{ Name: "zone-type", Values: ["availability-zone"] }],
});

/** Roles that are surely missing: one that may not be looked at counts as there. */
async function missingLinkedRoles(region: string, { compute, spot }: StackConfig): Promise<string[]> {
  const iam = new IAMClient({ region });
  const needed = Object.entries(linkedRoles).filter(
    ([service]) => (spot || !service.startsWith("spot")) && (compute === "asg" || !service.startsWith("autoscaling")),
  );
  const missing = await Promise.all(
    needed.map(([, RoleName]) =>
      iam.send(new GetRoleCommand({ RoleName })).then(
        () => false,
        (error: unknown) => error instanceof NoSuchEntityException,
      ),
    ),
  );
  return needed.filter((_, index) => missing[index]).map(([service]) => service);
}

async function imageFound(region: string, workerImage: string): Promise<boolean> {
  const image = parseWorkerImage(workerImage);
  if (image?.kind !== "ecr") return false;
  const { repository: repositoryName, tagOrDigest, registry } = image;
  const imageId = tagOrDigest.startsWith("sha256:") ? { imageDigest: tagOrDigest } : { imageTag: tagOrDigest };
  const found = await attempt(
    new ECRClient({ region: registry?.region ?? region }).send(
      new DescribeImagesCommand({ repositoryName, imageIds: [imageId], registryId: registry?.account }),
    ),
  );
  return (found?.imageDetails?.length ?? 0) > 0;
}

async function weightsFound(region: string, bucket: string, prefix: string): Promise<boolean> {
  const { s3, close } = createAwsClients({ region });
  try {
    const head = await attempt(openS3Objects({ client: s3, bucket }).head(`${prefix}/manifest.json`));
    return head !== undefined;
  } finally {
    close();
  }
}

await runCommand(() => main());
