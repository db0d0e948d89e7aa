import { type CfnElement, type Stack, Token, Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";
import type { StackConfig } from "./config/settings.ts";
import { hasEdgeLogs } from "./constructs/edge/edge-log-regions.ts";

interface Acknowledgement {
  /** Path of the construct in the stack; every one of these must exist. */
  readonly at: readonly string[];
  /**
   * With the finding, for rules that have several; `{path}` stands for the logical id of the construct at that path.
   */
  readonly rule: string;
  readonly reason: string;
}

/**
 * Findings of cdk-nag (AwsSolutions) that are meant to be so, each at its construct and with its reason. `cdk synth`
 * fails on any other.
 */
const always: readonly Acknowledgement[] = [
  ...["o/*", "p/*", "in/*", "k/*", "r/*", "adapters/*"].map((prefix) => ({
    // Runs read and write files of batches and LoRAs, and no previews; the tick deletes images that attempts left,
    // all of jobs of which nothing is kept, and files whose time is over.
    at: [
      "ApiFunction/Role",
      ...(prefix === "k/*" || prefix === "r/*" ? [] : ["Workers/Task/TaskRole"]),
      ...(prefix === "p/*" ? [] : ["Runs/Role"]),
      ...(["o/*", "p/*", "in/*"].includes(prefix) ? ["Tick/Role"] : []),
    ],
    rule: `IAM5[Resource::<{Images/Bucket/Resource}.Arn>/${prefix}]`,
    reason: "the objects under one prefix of the images' bucket",
  })),
  {
    at: ["Workers/Task/TaskRole"],
    rule: "IAM5[Resource::<{Weights/Bucket/Resource}.Arn>/*]",
    reason: "the bucket holds weights and nothing else",
  },
  {
    at: ["Workers/Task/TaskRole"],
    rule: "IAM5[Resource::arn:<AWS::Partition>:ecs:{region}:{account}:task/<{Workers/Cluster/Resource}>/*]",
    reason: "tasks of this cluster, whose ids are not known before they run",
  },
  {
    at: ["Workers/Task/ExecutionRole"],
    rule: "IAM5[Resource::*]",
    reason: "ecr:GetAuthorizationToken cannot be limited to resources",
  },
  {
    at: ["Edge/OriginKey"],
    rule: "SMG4",
    reason:
      "rotating it needs CloudFront and API Gateway to change together: a deployment with a new secret does " +
      "(docs/runbook.md)",
  },
  { at: ["Edge/Api"], rule: "APIG2", reason: "the API validates every body itself and answers which field is wrong" },
  {
    at: ["Edge/Api/DeploymentStage.live"],
    rule: "APIG6",
    reason: "execution logs hold request bodies, and so prompts; the stage has access logs and the function logs ids",
  },
  {
    at: ["Edge/Api/DeploymentStage.live"],
    rule: "APIG3",
    reason: "only the distribution can call it; a web ACL goes there (webAclArn)",
  },
  {
    at: ["Edge/Api/Default/ANY", "Edge/Api/Default/{proxy+}/ANY"],
    rule: "APIG4",
    reason: "every method needs CloudFront's key, and the API authenticates each caller by its own key",
  },
  {
    at: ["Edge/Api/Default/ANY", "Edge/Api/Default/{proxy+}/ANY"],
    rule: "COG4",
    reason: "callers are programs with API keys of ours, not users of a pool",
  },
  { at: ["Edge/Distribution"], rule: "CFR1", reason: "the service is meant for every country" },
  { at: ["Edge/Distribution"], rule: "CFR2", reason: "optional, it costs by the month: webAclArn" },
  {
    at: ["Workers/Cluster"],
    rule: "ECS4",
    reason: "workers write their own metrics into their logs; Container Insights would cost per task and say less",
  },
  {
    at: ["Workers/Task"],
    rule: "ECS2",
    reason: "names of the table, queues and buckets; none is a secret",
  },
];

const canary: readonly Acknowledgement[] = [
  {
    at: ["ApiRollout/Group/ServiceRole"],
    rule: "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]",
    reason: "AWS keeps the policy by which CodeDeploy moves an alias; a copy would age",
  },
];

const tracesToXray: readonly Acknowledgement[] = [
  {
    at: ["ApiFunction/Role", "Dispatcher/Role", "Workers/Task/TaskRole"],
    rule: "IAM5[Resource::*]",
    reason: "sending spans to X-Ray cannot be limited to resources",
  },
];

const withoutEdgeLogs: readonly Acknowledgement[] = [
  {
    at: ["Edge/Distribution"],
    rule: "CFR3",
    reason: "CloudFront delivers access logs to no bucket of this region; API Gateway has its own, and S3",
  },
];

const withoutDomain: readonly Acknowledgement[] = [
  {
    at: ["Edge/Distribution"],
    rule: "CFR4",
    reason: "CloudFront's own certificate allows no other choice; with domainName the least is TLS 1.2",
  },
];

const managedInstances = (names: readonly string[]): readonly Acknowledgement[] =>
  names
    .map((name) => `${name}Capacity`)
    .flatMap((capacity) => [
      ...["*", "arn:<AWS::Partition>:ecs:{region}:{account}:container-instance/*"].map((resource) => ({
        at: [`Workers/${capacity}/InstanceRole`],
        rule: `IAM5[Resource::${resource}]`,
        reason: "made by the CDK as AWS prescribes for instances that register themselves",
      })),
      {
        at: [`Workers/${capacity}/${capacity}Role`],
        rule: "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AmazonECSInfrastructureRolePolicyForManagedInstances]",
        reason: "AWS keeps the policy by which ECS runs instances for us; a copy would age",
      },
    ]);

const autoScalingGroups = (names: readonly string[]): readonly Acknowledgement[] =>
  names.flatMap((kind) => [
    ...["Action::ecs:Submit*", "Resource::*"].map((finding) => ({
      at: [`Workers/${kind}InstanceRole`],
      rule: `IAM5[${finding}]`,
      reason:
        "made by the CDK for instances that join a cluster, narrowed to this cluster by a condition where ECS allows one",
    })),
    {
      at: [`Workers/${kind}Group`],
      rule: "EC26",
      reason: "the launch template's disk is encrypted; the rule cannot read it there",
    },
    {
      at: [`Workers/${kind}Group`],
      rule: "AS3",
      reason: "the tick's log says every decision; a mail per machine would be noise",
    },
  ]);

/** @throws when a construct that is named here is no longer there */
export function acknowledgeFindings(
  stack: Stack,
  {
    compute,
    certificateArn,
    apiRollout,
    traces,
    spot,
  }: Pick<StackConfig, "compute" | "certificateArn" | "apiRollout" | "traces" | "spot">,
): void {
  const list = [
    ...always,
    ...(apiRollout === "canary" ? canary : []),
    ...(traces === "xray" ? tracesToXray : []),
    ...(hasEdgeLogs(stack.region) ? [] : withoutEdgeLogs),
    ...(certificateArn === "" ? withoutDomain : []),
    ...(compute === "mi" ? managedInstances : autoScalingGroups)([spot ? "Spot" : "Canary", "OnDemand"]),
  ];
  for (const { at, rule, reason } of list) {
    const id = `AwsSolutions-${rule.replace(/\{([^}]+)\}/g, (_, name: string) => resolveName(stack, name))}`;
    for (const path of at) Validations.of(constructAt(stack, path)).acknowledge({ id, reason });
  }
}

function resolveName(stack: Stack, name: string): string {
  if (name === "region") return Token.isUnresolved(stack.region) ? "<AWS::Region>" : stack.region;
  if (name === "account") return Token.isUnresolved(stack.account) ? "<AWS::AccountId>" : stack.account;
  return stack.getLogicalId(constructAt(stack, name) as CfnElement);
}

function constructAt(stack: Stack, path: string): IConstruct {
  return path.split("/").reduce<IConstruct>((parent, id) => parent.node.findChild(id), stack);
}
