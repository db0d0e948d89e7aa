import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { brokenGuarantees, guarantees, type Template } from "./guarantees.ts";
import { synthesize } from "./synthesize.ts";

interface MutableResource {
  Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: mutations reach into any property
  Properties: any;
}
type MutableTemplate = { Resources: { [id: string]: MutableResource } };

let template: Template;

beforeAll(() => {
  template = synthesize({ workerImage: "z-image-worker:v1" });
});

/** Resources of a type whose logical id fits. */
function each(mutable: MutableTemplate, type: string, pattern: RegExp, change: (resource: MutableResource) => void) {
  const found = Object.entries(mutable.Resources).filter(([id, { Type }]) => Type === type && pattern.test(id));
  if (found.length === 0) throw new Error(`the mutation finds no ${type} like ${pattern}`);
  for (const [, resource] of found) change(resource);
}

const remove = (mutable: MutableTemplate, type: string, pattern: RegExp) => {
  for (const [id, { Type }] of Object.entries(mutable.Resources)) {
    if (Type === type && pattern.test(id)) delete mutable.Resources[id];
  }
};

const policy = (resource: MutableResource) => resource.Properties.PolicyDocument.Statement;

/** What somebody might do by accident or in a hurry → the guarantee that must stop it. */
const mutations: readonly [string, RegExp, (mutable: MutableTemplate) => void][] = [
  [
    "a bucket is opened",
    /closed to the public.*Images/,
    (t) =>
      each(t, "AWS::S3::Bucket", /^Images/, ({ Properties }) => {
        Properties.PublicAccessBlockConfiguration.BlockPublicPolicy = false;
      }),
  ],
  [
    "a bucket loses its encryption",
    /encrypted.*Weights/,
    (t) =>
      each(t, "AWS::S3::Bucket", /^Weights/, ({ Properties }) => {
        delete Properties.BucketEncryption;
      }),
  ],
  [
    "a bucket policy lets everybody read",
    /no principal.*is open/,
    (t) =>
      each(t, "AWS::S3::BucketPolicy", /^Images/, (one) =>
        policy(one).push({ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "*" }),
      ),
  ],
  [
    "a bucket policy lets another account read",
    /no principal.*is open/,
    (t) =>
      each(t, "AWS::S3::BucketPolicy", /^Images/, (one) =>
        policy(one).push({
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::1:root" },
          Action: "s3:GetObject",
          Resource: "*",
        }),
      ),
  ],
  ["a bucket policy goes", /BucketPolicy expected/, (t) => remove(t, "AWS::S3::BucketPolicy", /^Weights/)],
  [
    "pictures are kept for ever",
    /keeps o\/ for ever/,
    (t) =>
      each(t, "AWS::S3::Bucket", /^Images/, ({ Properties }) => {
        Properties.LifecycleConfiguration.Rules = [];
      }),
  ],
  [
    "a queue loses its dead letters",
    /JobQueue\w+ has no dead letters/,
    (t) =>
      each(t, "AWS::SQS::Queue", /^JobQueue(?!Dead)/, ({ Properties }) => {
        delete Properties.RedrivePolicy;
      }),
  ],
  [
    "a queue is no longer encrypted",
    /NoticeQueue\w+ is not encrypted/,
    (t) =>
      each(t, "AWS::SQS::Queue", /^NoticeQueue/, ({ Properties }) => {
        Properties.SqsManagedSseEnabled = false;
      }),
  ],
  ["a queue takes plain HTTP", /JobQueue\w+ takes plain HTTP/, (t) => remove(t, "AWS::SQS::QueuePolicy", /^JobQueue/)],
  [
    "a queue lets everybody send",
    /takes plain HTTP/,
    (t) =>
      each(t, "AWS::SQS::QueuePolicy", /^JobQueue/, (one) =>
        policy(one).push({ Effect: "Allow", Principal: "*", Action: "sqs:SendMessage" }),
      ),
  ],
  [
    "the table cannot be restored",
    /can be restored/,
    (t) =>
      each(t, "AWS::DynamoDB::Table", /./, ({ Properties }) => {
        Properties.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled = false;
      }),
  ],
  [
    "the table is paid by the hour",
    /paid by request/,
    (t) =>
      each(t, "AWS::DynamoDB::Table", /./, ({ Properties }) => {
        Properties.BillingMode = "PROVISIONED";
      }),
  ],
  [
    "the table expires nothing",
    /expires what it should/,
    (t) =>
      each(t, "AWS::DynamoDB::Table", /./, ({ Properties }) => {
        delete Properties.TimeToLiveSpecification;
      }),
  ],
  [
    "a log group loses its retention",
    /forgets.*TickLogs/,
    (t) =>
      each(t, "AWS::Logs::LogGroup", /^TickLogs/, ({ Properties }) => {
        delete Properties.RetentionInDays;
      }),
  ],
  [
    "a function logs elsewhere",
    /logs into a group of its own/,
    (t) =>
      each(t, "AWS::Lambda::Function", /^Tick/, ({ Properties }) => {
        delete Properties.LoggingConfig;
      }),
  ],
  [
    "a role is widened by an action",
    /ApiFunctionRole\w+ allows s3:DeleteObjectVersion/,
    (t) =>
      each(t, "AWS::IAM::Policy", /^ApiFunctionRole/, (one) =>
        policy(one).push({
          Effect: "Allow",
          Action: "s3:DeleteObjectVersion",
          Resource: { "Fn::GetAtt": ["ImagesBucket", "Arn"] },
        }),
      ),
  ],
  [
    "a role is widened by a wildcard",
    /allows sqs:\*/,
    (t) =>
      each(t, "AWS::IAM::Policy", /^DispatcherRole/, (one) =>
        policy(one).push({ Effect: "Allow", Action: "sqs:*", Resource: { Ref: "JobQueue" } }),
      ),
  ],
  [
    "a role is widened to every resource",
    /on every resource/,
    (t) =>
      each(t, "AWS::IAM::Policy", /^WorkersTaskTaskRole/, (one) => {
        policy(one)[1].Resource = "*";
      }),
  ],
  [
    "the tick may delete whatever lies in the bucket",
    /under its own prefix.*TickRole/,
    (t) =>
      each(t, "AWS::IAM::Policy", /^TickRole/, (one) =>
        policy(one).push({
          Effect: "Allow",
          Action: ["s3:GetObject", "s3:DeleteObject"],
          Resource: { "Fn::Join": ["", [{ "Fn::GetAtt": ["ImagesBucket", "Arn"] }, "/*"]] },
        }),
      ),
  ],
  [
    "a role of unknown purpose appears",
    /not known here/,
    (t) => {
      t.Resources.BackdoorPolicy = { Type: "AWS::IAM::Policy", Properties: { PolicyDocument: { Statement: [] } } };
    },
  ],
  [
    "a role may be taken by another account",
    /taken by services.*TickRole/,
    (t) =>
      each(t, "AWS::IAM::Role", /^TickRole/, ({ Properties }) => {
        Properties.AssumeRolePolicyDocument.Statement[0].Principal = { AWS: "*" };
      }),
  ],
  [
    "a function runs on an old Node",
    /nodejs20\.x/,
    (t) =>
      each(t, "AWS::Lambda::Function", /^ApiFunction/, ({ Properties }) => {
        Properties.Runtime = "nodejs20.x";
      }),
  ],
  [
    "a function is deployed in local mode",
    /local mode/,
    (t) =>
      each(t, "AWS::Lambda::Function", /^Dispatcher/, ({ Properties }) => {
        Properties.Environment.Variables.LOCAL_MODE = "1";
      }),
  ],
  [
    "the dispatcher gets into a VPC",
    /in a VPC/,
    (t) =>
      each(t, "AWS::Lambda::Function", /^Dispatcher/, ({ Properties }) => {
        Properties.VpcConfig = { SubnetIds: ["subnet-1"] };
      }),
  ],
  [
    "a method answers without CloudFront's key",
    /needs no key/,
    (t) =>
      each(t, "AWS::ApiGateway::Method", /proxy/, ({ Properties }) => {
        Properties.ApiKeyRequired = false;
      }),
  ],
  [
    "an answer no longer streams",
    /does not stream/,
    (t) =>
      each(t, "AWS::ApiGateway::Method", /proxy/, ({ Properties }) => {
        delete Properties.Integration.ResponseTransferMode;
      }),
  ],
  [
    "the throttle goes",
    /no throttle/,
    (t) =>
      each(t, "AWS::ApiGateway::UsagePlan", /./, ({ Properties }) => {
        delete Properties.Throttle;
      }),
  ],
  [
    "CloudFront's key is written down",
    /stands in the template/,
    (t) =>
      each(t, "AWS::ApiGateway::ApiKey", /./, ({ Properties }) => {
        Properties.Value = "0123456789abcdef0123";
      }),
  ],
  [
    "the edge no longer checks keys",
    /does not check keys/,
    (t) =>
      each(t, "AWS::CloudFront::Distribution", /./, ({ Properties }) => {
        delete Properties.DistributionConfig.DefaultCacheBehavior.FunctionAssociations;
      }),
  ],
  [
    "the edge takes plain HTTP",
    /takes plain HTTP/,
    (t) =>
      each(t, "AWS::CloudFront::Distribution", /./, ({ Properties }) => {
        Properties.DistributionConfig.CacheBehaviors[0].ViewerProtocolPolicy = "allow-all";
      }),
  ],
  [
    "security headers go",
    /no security headers/,
    (t) =>
      each(t, "AWS::CloudFront::Distribution", /./, ({ Properties }) => {
        delete Properties.DistributionConfig.DefaultCacheBehavior.ResponseHeadersPolicyId;
      }),
  ],
  [
    "pictures are read without origin access control",
    /reads S3 as anybody/,
    (t) =>
      each(t, "AWS::CloudFront::Distribution", /./, ({ Properties }) => {
        for (const origin of Properties.DistributionConfig.Origins) delete origin.OriginAccessControlId;
      }),
  ],
  [
    "a worker is opened to the internet",
    /lets somebody in/,
    (t) =>
      each(t, "AWS::EC2::SecurityGroup", /^WorkersSecurityGroup/, ({ Properties }) => {
        Properties.SecurityGroupIngress = [{ CidrIp: "0.0.0.0/0", IpProtocol: "-1" }];
      }),
  ],
  [
    "a worker becomes root",
    /runs as root/,
    (t) =>
      each(t, "AWS::ECS::TaskDefinition", /./, ({ Properties }) => {
        delete Properties.ContainerDefinitions[0].User;
      }),
  ],
  [
    "a worker can write its system",
    /can write its root/,
    (t) =>
      each(t, "AWS::ECS::TaskDefinition", /./, ({ Properties }) => {
        Properties.ContainerDefinitions[0].ReadonlyRootFilesystem = false;
      }),
  ],
  [
    "a worker is killed at once",
    /two minutes to stop/,
    (t) =>
      each(t, "AWS::ECS::TaskDefinition", /./, ({ Properties }) => {
        delete Properties.ContainerDefinitions[0].StopTimeout;
      }),
  ],
  [
    "a deployment starts GPUs",
    /starts with workers/,
    (t) =>
      each(t, "AWS::ECS::Service", /./, ({ Properties }) => {
        Properties.DesiredCount = 1;
      }),
  ],
  [
    "a broken image is started for ever",
    /broken image/,
    (t) =>
      each(t, "AWS::ECS::Service", /./, ({ Properties }) => {
        delete Properties.DeploymentConfiguration.DeploymentCircuitBreaker;
      }),
  ],
  [
    "a NAT gateway appears",
    /costs by the hour/,
    (t) => {
      t.Resources.Nat = { Type: "AWS::EC2::NatGateway", Properties: {} };
    },
  ],
  [
    "one bad notice fails its batch",
    /fails whole batches/,
    (t) =>
      each(t, "AWS::Lambda::EventSourceMapping", /./, ({ Properties }) => {
        delete Properties.FunctionResponseTypes;
      }),
  ],
  [
    "the tick becomes rare",
    /tick runs every minute/,
    (t) =>
      each(t, "AWS::Events::Rule", /./, ({ Properties }) => {
        Properties.ScheduleExpression = "rate(1 hour)";
      }),
  ],
  [
    "a failed tick is repeated",
    /repeats what failed/,
    (t) =>
      each(t, "AWS::Lambda::EventInvokeConfig", /./, ({ Properties }) => {
        Properties.MaximumRetryAttempts = 2;
      }),
  ],
  ["an alarm goes", /no alarm JobsDead/, (t) => remove(t, "AWS::CloudWatch::Alarm", /JobsDead/)],
  [
    "an alarm tells nobody",
    /tells nobody/,
    (t) =>
      each(t, "AWS::CloudWatch::Alarm", /JobsWait/, ({ Properties }) => {
        delete Properties.AlarmActions;
      }),
  ],
  [
    "an alarm loses its runbook",
    /has no runbook/,
    (t) =>
      each(t, "AWS::CloudWatch::Alarm", /JobsWait/, ({ Properties }) => {
        Properties.AlarmDescription = "bad";
      }),
  ],
];

describe("the template", () => {
  it("holds every guarantee", () => {
    expect(brokenGuarantees(template)).toEqual([]);
  });

  it.each(mutations)("is refused when %s", (_what, complaint, mutate) => {
    const mutable = structuredClone(template) as unknown as MutableTemplate;
    mutate(mutable);
    const broken = brokenGuarantees(mutable);
    expect(broken.join("\n")).toMatch(complaint);
  });

  it("names a section of the runbook that is there, for every alarm", () => {
    const runbook = readFileSync(join(import.meta.dirname, "../docs/runbook.md"), "utf8");
    const sections = [...runbook.matchAll(/^## (.+)$/gm)].map(([, title]) => title!.toLowerCase().replaceAll(" ", "-"));
    for (const { Type, Properties } of Object.values(template.Resources)) {
      if (Type !== "AWS::CloudWatch::Alarm") continue;
      expect(sections).toContain(/#([a-z-]+)$/.exec(String(Properties.AlarmDescription))?.[1]);
    }
  });

  it("has a mutation for every guarantee", () => {
    const broken = mutations.flatMap(([, , mutate]) => {
      const mutable = structuredClone(template) as unknown as MutableTemplate;
      mutate(mutable);
      return brokenGuarantees(mutable);
    });
    const unproved = guarantees.filter(({ name }) => !broken.some((line) => line.startsWith(`${name}:`)));
    expect(unproved.map(({ name }) => name)).toEqual([]);
  });
});

describe("variants", () => {
  it.each([
    ["an Auto Scaling group", { compute: "asg", workerImage: "z-image-worker:v1" }],
    [
      "usage told to a billing system",
      { usageExportUrl: "https://billing.example/events", usageKeySecret: "billing-key" },
    ],
    ["expiring links of S3", { imageLinks: "s3" }],
    ["the trial that leaves nothing behind", { retainData: "false", environment: "trial" }],
  ])("hold every guarantee: %s", (_what, context) => {
    expect(brokenGuarantees(synthesize(context))).toEqual([]);
  });

  it("serves no picture through CloudFront with imageLinks=s3", () => {
    expect(JSON.stringify(synthesize({ imageLinks: "s3" }))).not.toContain('"o/*"');
  });
});
