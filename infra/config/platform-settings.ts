import { z } from "zod";
import { list, optionalText, setting, tagList } from "./setting.ts";

/** Settings by which a platform team fits a deployment into its account: network, encryption, tags, and roles. */
export const platformSettings = {
  account: setting(
    optionalText(/^\d{12}$/, "123456789012"),
    "",
    "account that this environment belongs to; stages of a pipeline need it",
    "without it the credentials decide; with it those of another account are refused",
  ),
  region: setting(
    optionalText(/^[a-z]{2}(-[a-z]+)+-\d$/, "eu-central-1"),
    "",
    "region that this environment belongs to; stages of a pipeline need it",
    "without it AWS_REGION decides",
  ),
  network: setting(
    z.enum(["public", "private"]) as z.ZodType<"public" | "private">,
    "public",
    "network made for the workers. `public`: subnets with addresses and no way in; `private`: no internet gateway, " +
      "and interface endpoints to the services that workers call",
    "endpoints cost by the hour while nothing is drawn (docs/deploy.md has the number); public subnets cost nothing",
  ),
  vpcId: setting(
    optionalText(/^vpc-[0-9a-f]{8,17}$/, "vpc-0123456789abcdef0"),
    "",
    "existing VPC for the workers; needs subnetIds, and makes no network of its own",
    "accounts without a network team have no VPC to name",
  ),
  subnetIds: setting(
    list.refine(
      (ids) => ids.every((id) => /^subnet-[0-9a-f]{8,17}$/.test(id)),
      "expected something like subnet-0123456789abcdef0,subnet-…",
    ) as z.ZodType<string[]>,
    [],
    "subnets of vpcId, separated by commas; they must reach S3, DynamoDB, SQS, ECR, ECS and CloudWatch Logs by a NAT " +
      "gateway or by endpoints",
    "fits vpcId",
  ),
  kmsKey: setting(
    optionalText(
      /^(create|arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+)$/,
      "create, or arn:aws:kms:eu-central-1:123456789012:key/…",
    ),
    "",
    "customer-managed key for table, buckets, queues, logs, secrets and alarms: `create`, or the ARN of a key whose " +
      "policy you keep (docs/deploy.md has the statements it needs)",
    "keys of AWS cost nothing; one of your own costs a dollar a month and can be audited and withdrawn",
  ),
  tags: setting(
    tagList,
    "",
    "more tags for every resource and every task, as KEY=VALUE separated by commas",
    "application, environment and deployment are always set",
  ),
  permissionsBoundary: setting(
    optionalText(/^(arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/)?[\w+=,.@/-]{1,512}$/, "developer-boundary"),
    "",
    "name or ARN of a managed policy that bounds every role of the stack",
    "where it is demanded, roles without it are refused",
  ),
} as const;
