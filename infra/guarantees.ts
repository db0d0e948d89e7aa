/**
 * What must hold of a synthesised template, whatever changes: everything that guards data, access or money. Read as a
 * list; each entry fails with the logical id of the resource that breaks it. `guarantees.test.ts` breaks each of them
 * on purpose.
 */
export interface Template {
  readonly Resources: { readonly [logicalId: string]: Resource };
}

interface Resource {
  readonly Type: string;
  readonly Properties: { readonly [name: string]: unknown };
  readonly DeletionPolicy?: string;
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: unknown;
  readonly Principal?: unknown;
  readonly Condition?: unknown;
}

/**
 * Actions that each role may take at most; a role that is not here may take none. By the start of the logical id of its
 * policy.
 */
const allowedActions: { readonly [role: string]: readonly string[] } = {
  ApiFunctionRole: [
    ...["dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem"],
    ...["dynamodb:Query", "dynamodb:UpdateItem", "logs:CreateLogStream", "logs:PutLogEvents", "s3:GetObject"],
    ...["s3:DeleteObject", "s3:ListBucket", "s3:PutObject", "sqs:GetQueueAttributes", "sqs:SendMessage"],
  ],
  DispatcherRole: [
    ...["dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem"],
    ...["dynamodb:Query", "dynamodb:UpdateItem", "logs:CreateLogStream", "logs:PutLogEvents"],
    ...["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"],
    ...["sqs:ReceiveMessage", "sqs:SendMessage"],
  ],
  TickRole: [
    ...["dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem"],
    ...["dynamodb:Query", "dynamodb:UpdateItem", "ecs:DescribeServices", "ecs:UpdateService"],
    ...["logs:CreateLogStream", "logs:PutLogEvents", "s3:DeleteObject", "s3:GetObject", "s3:ListBucket"],
    ...[
      "s3:PutObject",
      "secretsmanager:DescribeSecret",
      "secretsmanager:GetSecretValue",
      "sqs:GetQueueAttributes",
      "sqs:SendMessage",
    ],
  ],
  WorkersTaskTaskRole: [
    ...["dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem"],
    ...["dynamodb:Query", "dynamodb:UpdateItem", "ecs:GetTaskProtection", "ecs:UpdateTaskProtection"],
    ...["s3:GetObject", "s3:ListBucket", "s3:PutObject", "sqs:ChangeMessageVisibility", "sqs:DeleteMessage"],
    ...["sqs:ReceiveMessage", "sqs:SendMessage"],
  ],
  WorkersTaskExecutionRole: [
    ...["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetAuthorizationToken"],
    ...["ecr:GetDownloadUrlForLayer", "logs:CreateLogStream", "logs:PutLogEvents"],
  ],
  WorkersVpcrejectedIAMRole: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
};

/** Where a role may delete objects: inputs that their owner takes back, images that no job names. */
const deletablePrefixes: { readonly [role: string]: string } = { ApiFunctionRole: "in/", TickRole: "o/" };

/** The only actions that know no resources. */
const resourcelessActions: ReadonlySet<string> = new Set(["ecr:GetAuthorizationToken", "ecs:DiscoverPollEndpoint"]);

/** Machines' own roles, which the CDK makes as AWS prescribes; cdk-nag watches them. */
const machineRoles = /^Workers(Spot|OnDemand)(Capacity|Group|Instance)/;

interface Guarantee {
  readonly name: string;
  /** @returns logical ids (with a word on why) that break it */
  readonly broken: (resources: readonly Named[]) => readonly string[];
}

type Named = Resource & { readonly id: string };

const of = (resources: readonly Named[], type: string) => resources.filter(({ Type }) => Type === type);
const ids = (resources: readonly Named[]) => resources.map(({ id }) => id);
const get = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce((inner, name) => (inner as { [name: string]: unknown } | undefined)?.[name], value);

function atLeast(resources: readonly Named[], count: number, type: string): readonly string[] {
  return resources.length >= count ? [] : [`${count} of ${type} expected, got ${resources.length}`];
}

export const guarantees: readonly Guarantee[] = [
  {
    name: "buckets are closed to the public, encrypted, and owned by us",
    broken(resources) {
      const buckets = of(resources, "AWS::S3::Bucket");
      const isClosed = ({ Properties }: Named) =>
        ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"].every(
          (name) => get(Properties, "PublicAccessBlockConfiguration", name) === true,
        ) && get(Properties, "BucketEncryption", "ServerSideEncryptionConfiguration") !== undefined;
      return [...ids(buckets.filter((bucket) => !isClosed(bucket))), ...atLeast(buckets, 3, "AWS::S3::Bucket")];
    },
  },
  {
    name: "bucket policies refuse plain HTTP and name no principal but services of AWS",
    broken(resources) {
      const policies = of(resources, "AWS::S3::BucketPolicy");
      return [
        ...policies.flatMap(({ id, Properties }) => {
          const statements = statementsOf(Properties);
          const isOpen = statements.some(
            ({ Effect, Principal }) => Effect === "Allow" && (Principal === "*" || get(Principal, "AWS") !== undefined),
          );
          const refusesHttp = statements.some(
            ({ Effect, Condition }) => Effect === "Deny" && get(Condition, "Bool", "aws:SecureTransport") === "false",
          );
          return [...(isOpen ? [`${id} is open`] : []), ...(refusesHttp ? [] : [`${id} takes plain HTTP`])];
        }),
        ...atLeast(policies, of(resources, "AWS::S3::Bucket").length, "AWS::S3::BucketPolicy"),
      ];
    },
  },
  {
    name: "images and broken uploads expire",
    broken(resources) {
      const images = of(resources, "AWS::S3::Bucket").filter(({ id }) => id.startsWith("Images"));
      const expires = (rules: unknown, prefix: string) =>
        Array.isArray(rules) && rules.some(({ Prefix, ExpirationInDays }) => Prefix === prefix && ExpirationInDays > 0);
      const kept = images.flatMap(({ id, Properties }) =>
        ["o/", "in/", "p/"]
          .filter((prefix) => !expires(get(Properties, "LifecycleConfiguration", "Rules"), prefix))
          .map((prefix) => `${id} keeps ${prefix} for ever`),
      );
      return [...kept, ...atLeast(images, 1, "bucket of images")];
    },
  },
  {
    name: "queues have dead letters, are encrypted, and refuse plain HTTP",
    broken(resources) {
      const queues = of(resources, "AWS::SQS::Queue");
      const isDeadLetters = ({ id }: Named) => id.includes("DeadLetters");
      const policies = of(resources, "AWS::SQS::QueuePolicy");
      const refusesHttp = ({ id }: Named) =>
        policies.some(
          ({ Properties }) =>
            JSON.stringify(Properties.Queues).includes(`"${id}"`) &&
            statementsOf(Properties).every(({ Effect }) => Effect === "Deny"),
        );
      return [
        ...queues
          .filter(
            (queue) =>
              !isDeadLetters(queue) && !(Number(get(queue.Properties, "RedrivePolicy", "maxReceiveCount")) > 0),
          )
          .map(({ id }) => `${id} has no dead letters`),
        ...queues
          .filter(({ Properties }) => Properties.SqsManagedSseEnabled !== true)
          .map(({ id }) => `${id} is not encrypted`),
        ...queues.filter((queue) => !refusesHttp(queue)).map(({ id }) => `${id} takes plain HTTP`),
        ...atLeast(queues, 5, "AWS::SQS::Queue"),
      ];
    },
  },
  {
    name: "the table can be restored, is paid by request, expires what it should, and has its indexes",
    broken(resources) {
      const tables = of(resources, "AWS::DynamoDB::Table");
      const isSafe = ({ Properties }: Named) =>
        get(Properties, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled") === true &&
        Properties.BillingMode === "PAY_PER_REQUEST" &&
        get(Properties, "SSESpecification", "SSEEnabled") === true &&
        get(Properties, "TimeToLiveSpecification", "AttributeName") === "exp" &&
        ["gsi1", "due"].every((name) => JSON.stringify(Properties.GlobalSecondaryIndexes).includes(`"${name}"`));
      return [...ids(tables.filter((table) => !isSafe(table))), ...atLeast(tables, 1, "AWS::DynamoDB::Table")];
    },
  },
  {
    name: "every log group forgets",
    broken(resources) {
      const groups = of(resources, "AWS::Logs::LogGroup");
      return [
        ...ids(groups.filter(({ Properties }) => !(Number(Properties.RetentionInDays) > 0))),
        ...of(resources, "AWS::Lambda::Function")
          .filter(({ Properties }) => get(Properties, "LoggingConfig", "LogGroup") === undefined)
          .map(({ id }) => `${id} logs into a group of its own making`),
        ...atLeast(groups, 5, "AWS::Logs::LogGroup"),
      ];
    },
  },
  {
    name: "roles may do what they need and no more",
    broken(resources) {
      const policies = resources.filter(
        ({ Type }) => Type === "AWS::IAM::Policy" || Type === "AWS::IAM::ManagedPolicy",
      );
      return policies
        .filter(({ id }) => !machineRoles.test(id))
        .flatMap(({ id, Properties }) => {
          const role = Object.keys(allowedActions).find((name) => id.startsWith(name));
          if (role === undefined) return [`${id} belongs to a role that is not known here`];
          return statementsOf(Properties).flatMap(({ Effect, Action, Resource }) => {
            const actions = [Action].flat();
            const surplus = actions.filter((action) => !allowedActions[role]!.includes(action));
            const everywhere = [Resource].flat().includes("*") && !actions.every((one) => resourcelessActions.has(one));
            return [
              ...(Effect === "Allow" ? surplus.map((action) => `${id} allows ${action}`) : []),
              ...(everywhere ? [`${id} allows ${actions.join(", ")} on every resource`] : []),
            ];
          });
        });
    },
  },
  {
    name: "objects are deleted by two roles, each under its own prefix",
    broken: (resources) =>
      of(resources, "AWS::IAM::Policy").flatMap(({ id, Properties }) => {
        const prefix = Object.entries(deletablePrefixes).find(([role]) => id.startsWith(role))?.[1];
        return statementsOf(Properties)
          .filter(({ Effect, Action }) => Effect === "Allow" && [Action].flat().includes("s3:DeleteObject"))
          .flatMap(({ Resource }) => [Resource].flat())
          .filter((one) => prefix === undefined || !JSON.stringify(one).endsWith(`"/${prefix}*"]]}`))
          .map((one) => `${id} deletes ${JSON.stringify(one)}`);
      }),
  },
  {
    name: "roles are taken by services of AWS alone",
    broken: (resources) =>
      of(resources, "AWS::IAM::Role")
        .filter(({ Properties }) =>
          (get(Properties, "AssumeRolePolicyDocument", "Statement") as Statement[]).some(
            ({ Principal }) => typeof get(Principal, "Service") !== "string",
          ),
        )
        .map(({ id }) => id),
  },
  {
    name: "functions run on arm64 with Node 24, and never in local mode",
    broken: (resources) =>
      of(resources, "AWS::Lambda::Function").flatMap(({ id, Properties }) => [
        ...(Properties.Runtime === "nodejs24.x" ? [] : [`${id} runs on ${String(Properties.Runtime)}`]),
        ...(get(Properties, "Architectures", 0) === "arm64" ? [] : [`${id} is not for arm64`]),
        ...(get(Properties, "Environment", "Variables", "LOCAL_MODE") === undefined ? [] : [`${id} is in local mode`]),
        ...(Properties.VpcConfig === undefined ? [] : [`${id} is in a VPC`]),
      ]),
  },
  {
    name: "the API answers CloudFront alone, streams, and has a throttle",
    broken(resources) {
      const methods = of(resources, "AWS::ApiGateway::Method");
      const plans = of(resources, "AWS::ApiGateway::UsagePlan");
      return [
        ...methods.filter(({ Properties }) => Properties.ApiKeyRequired !== true).map(({ id }) => `${id} needs no key`),
        ...methods
          .filter(({ Properties }) => get(Properties, "Integration", "ResponseTransferMode") !== "STREAM")
          .map(({ id }) => `${id} does not stream`),
        ...plans
          .filter(({ Properties }) => !(Number(get(Properties, "Throttle", "RateLimit")) > 0))
          .map(({ id }) => `${id} has no throttle`),
        ...of(resources, "AWS::ApiGateway::ApiKey")
          .filter(({ Properties }) => !JSON.stringify(Properties.Value).includes("{{resolve:secretsmanager:"))
          .map(({ id }) => `${id} stands in the template`),
        ...atLeast(methods, 2, "AWS::ApiGateway::Method"),
        ...atLeast(plans, 1, "AWS::ApiGateway::UsagePlan"),
      ];
    },
  },
  {
    name: "the distribution checks keys, speaks HTTPS and HTTP/3, sends security headers, and reads S3 under its own identity",
    broken(resources) {
      const distributions = of(resources, "AWS::CloudFront::Distribution");
      return [
        ...distributions.flatMap(({ id, Properties }) => {
          const config = Properties.DistributionConfig;
          const behaviors = [
            get(config, "DefaultCacheBehavior"),
            ...((get(config, "CacheBehaviors") as unknown[]) ?? []),
          ];
          const s3Origins = (get(config, "Origins") as unknown[]).filter((origin) => get(origin, "S3OriginConfig"));
          return [
            ...(JSON.stringify(get(config, "DefaultCacheBehavior", "FunctionAssociations") ?? "").includes(
              "viewer-request",
            )
              ? []
              : [`${id} does not check keys`]),
            ...(behaviors.every((one) => get(one, "ViewerProtocolPolicy") === "redirect-to-https")
              ? []
              : [`${id} takes plain HTTP`]),
            ...(behaviors.every((one) => get(one, "ResponseHeadersPolicyId"))
              ? []
              : [`${id} sends no security headers`]),
            ...(get(config, "HttpVersion") === "http2and3" ? [] : [`${id} has no HTTP/3`]),
            ...(s3Origins.every((origin) => get(origin, "OriginAccessControlId")) ? [] : [`${id} reads S3 as anybody`]),
          ];
        }),
        ...atLeast(distributions, 1, "AWS::CloudFront::Distribution"),
      ];
    },
  },
  {
    name: "nothing reaches a worker from outside, and a worker is no root with a writable system",
    broken(resources) {
      const groups = of(resources, "AWS::EC2::SecurityGroup");
      const tasks = of(resources, "AWS::ECS::TaskDefinition");
      return [
        ...groups
          .filter(({ Properties }) => Properties.SecurityGroupIngress !== undefined)
          .map(({ id }) => `${id} lets somebody in`),
        ...of(resources, "AWS::EC2::SecurityGroupIngress")
          .filter(({ Properties }) => Properties.CidrIp !== undefined)
          .map(({ id }) => `${id} lets somebody in`),
        ...tasks
          .filter(({ Properties }) =>
            (Properties.ContainerDefinitions as unknown[]).some((one) => get(one, "ReadonlyRootFilesystem") !== true),
          )
          .map(({ id }) => `${id} can write its root`),
        ...tasks
          .filter(({ Properties }) =>
            (Properties.ContainerDefinitions as unknown[]).some(
              (one) => get(one, "Privileged") === true || !get(one, "User"),
            ),
          )
          .map(({ id }) => `${id} runs as root`),
        ...tasks
          .filter(({ Properties }) =>
            (Properties.ContainerDefinitions as unknown[]).some((one) => get(one, "StopTimeout") !== 120),
          )
          .map(({ id }) => `${id} has less than two minutes to stop`),
        ...atLeast(tasks, 1, "AWS::ECS::TaskDefinition"),
      ];
    },
  },
  {
    name: "no GPU runs that nobody asked for",
    broken(resources) {
      const services = of(resources, "AWS::ECS::Service");
      const groups = of(resources, "AWS::AutoScaling::AutoScalingGroup");
      return [
        ...services
          .filter(({ Properties }) => Properties.DesiredCount !== 0)
          .map(({ id }) => `${id} starts with workers`),
        ...services
          .filter(
            ({ Properties }) =>
              get(Properties, "DeploymentConfiguration", "DeploymentCircuitBreaker", "Enable") !== true,
          )
          .map(({ id }) => `${id} starts a broken image for ever`),
        ...groups
          .filter(({ Properties }) => Number(Properties.MinSize) !== 0 || Number(Properties.DesiredCapacity ?? 0) !== 0)
          .map(({ id }) => `${id} keeps machines`),
        ...resources.filter(({ Type }) => Type === "AWS::EC2::NatGateway").map(({ id }) => `${id} costs by the hour`),
        ...atLeast(services, 2, "AWS::ECS::Service"),
      ];
    },
  },
  {
    name: "failed notices are given back one by one, and the tick runs every minute and is not repeated",
    broken(resources) {
      const repetitions = of(resources, "AWS::Lambda::EventInvokeConfig");
      const mappings = of(resources, "AWS::Lambda::EventSourceMapping");
      const rules = of(resources, "AWS::Events::Rule");
      return [
        ...mappings
          .filter(
            ({ Properties }) =>
              !JSON.stringify(Properties.FunctionResponseTypes ?? "").includes("ReportBatchItemFailures"),
          )
          .map(({ id }) => `${id} fails whole batches`),
        ...rules
          .filter(
            ({ Properties }) => Properties.ScheduleExpression !== "rate(1 minute)" || Properties.State === "DISABLED",
          )
          .map(({ id }) => id),
        ...atLeast(mappings, 1, "AWS::Lambda::EventSourceMapping"),
        ...repetitions
          .filter(({ Properties }) => Properties.MaximumRetryAttempts !== 0)
          .map(({ id }) => `${id} repeats what failed`),
        ...atLeast(rules, 1, "AWS::Events::Rule"),
        ...atLeast(repetitions, 1, "AWS::Lambda::EventInvokeConfig"),
      ];
    },
  },
  {
    name: "somebody hears of dead letters, waiting jobs and a tick that stopped, and is told what to do",
    broken(resources) {
      const alarms = of(resources, "AWS::CloudWatch::Alarm");
      const missing = [
        "JobsWait",
        "JobsDead",
        "NoticesDead",
        "ApiErrors",
        "DispatcherErrors",
        "TickErrors",
        "TickMissing",
      ].filter((name) => !alarms.some(({ id }) => id.includes(name)));
      return [
        ...missing.map((name) => `no alarm ${name}`),
        ...alarms
          .filter(({ Properties }) => !((Properties.AlarmActions as unknown[] | undefined) ?? []).length)
          .map(({ id }) => `${id} tells nobody`),
        ...alarms
          .filter(({ Properties }) => !/docs\/runbook\.md#[a-z-]+$/.test(String(Properties.AlarmDescription)))
          .map(({ id }) => `${id} has no runbook`),
      ];
    },
  },
];

/** @returns one line per broken guarantee; empty when all hold */
export function brokenGuarantees(template: Template): string[] {
  const resources = Object.entries(template.Resources).map(([id, resource]) => ({ id, ...resource }));
  return guarantees.flatMap(({ name, broken }) => {
    const by = broken(resources);
    return by.length === 0 ? [] : [`${name}: ${by.join("; ")}`];
  });
}

function statementsOf(properties: Resource["Properties"]): readonly Statement[] {
  return (get(properties, "PolicyDocument", "Statement") as readonly Statement[] | undefined) ?? [];
}
