import { atLeast, type Guarantee, type Named, ofType, property, statementsOf } from "../guarantees/guarantee.ts";
import { each, type Mutation } from "../guarantees/mutations/mutation.ts";
import { type Variant, workerImage } from "./variant.ts";

const keyArn = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/** Where a type of resource names the key that it stores under. */
const keyProperties: { readonly [type: string]: readonly (string | number)[] } = {
  "AWS::DynamoDB::Table": ["SSESpecification", "KMSMasterKeyId"],
  "AWS::Lambda::Function": ["KmsKeyArn"],
  "AWS::Logs::LogGroup": ["KmsKeyId"],
  "AWS::S3::Bucket": [
    "BucketEncryption",
    "ServerSideEncryptionConfiguration",
    0,
    "ServerSideEncryptionByDefault",
    "KMSMasterKeyID",
  ],
  "AWS::SecretsManager::Secret": ["KmsKeyId"],
  "AWS::SNS::Topic": ["KmsMasterKeyId"],
  "AWS::SQS::Queue": ["KmsMasterKeyId"],
};

const storesUnderNoKey = (resources: readonly Named[]) =>
  resources
    // S3 delivers its access logs to no bucket that is under such a key.
    .filter(({ id, Type }) => keyProperties[Type] !== undefined && !id.startsWith("AccessLogs"))
    .filter(({ Type, Properties }) => property(Properties, ...keyProperties[Type]!) === undefined)
    .map(({ id }) => `${id} is under no key of the customer`);

const everythingUnderKey: Guarantee = {
  name: "everything that is stored is under the customer's key, which roles use by way of the stores alone",
  broken(resources) {
    const users = ofType(resources, "AWS::IAM::Policy").flatMap(({ id, Properties }) =>
      statementsOf(Properties)
        .filter(({ Action }) => [Action].flat().includes("kms:GenerateDataKey"))
        .map((statement) => ({ id, ...statement })),
    );
    return [
      ...storesUnderNoKey(resources),
      ...["ApiFunction", "Dispatcher", "Runs", "Tick", "WorkersTaskTaskRole"]
        .filter((role) => !users.some(({ id }) => id.startsWith(role)))
        .map((role) => `${role} may not use the key`),
      ...users
        .filter(({ Condition }) => property(Condition, "StringEquals", "kms:ViaService") === undefined)
        .map(({ id }) => `${id} uses the key for anything`),
    ];
  },
};

/** Each breaks `everythingUnderKey`. */
const keyMutations: readonly Mutation[] = [
  [
    "a log group is under no key",
    /TickLogs\w+ is under no key/,
    (t) =>
      each(t, "AWS::Logs::LogGroup", /^TickLogs/, ({ Properties }) => {
        delete Properties.KmsKeyId;
      }),
  ],
  [
    "a role uses the key for anything",
    /for anything/,
    (t) =>
      each(t, "AWS::IAM::Policy", /^TickRole/, ({ Properties }) => {
        for (const statement of Properties.PolicyDocument.Statement) delete statement.Condition;
      }),
  ],
  [
    "workers cannot use the key",
    /WorkersTaskTaskRole may not use the key/,
    (t) =>
      each(t, "AWS::IAM::Policy", /^WorkersTaskTaskRole/, ({ Properties }) => {
        Properties.PolicyDocument.Statement = [];
      }),
  ],
];

const ownKey: Guarantee = {
  name: "the key that is made rotates, and lets logs, alarms and CloudFront use it",
  broken(resources) {
    const keys = ofType(resources, "AWS::KMS::Key").filter(({ id }) => !id.startsWith("Signing"));
    return [
      ...keys.filter(({ Properties }) => Properties.EnableKeyRotation !== true).map(({ id }) => `${id} never rotates`),
      ...keys.flatMap(({ id, Properties }) => {
        const policy = JSON.stringify(property(Properties, "KeyPolicy"));
        return ['"logs.', '"cloudwatch.amazonaws.com"', '"cloudfront.amazonaws.com"']
          .filter((service) => !policy.includes(service))
          .map((service) => `${id} cannot be used by ${service}`);
      }),
      ...atLeast(keys, 1, "AWS::KMS::Key"),
    ];
  },
};

/** What an account demands of every resource: a key, a boundary, tags. */
export const accountVariants: readonly Variant[] = [
  {
    name: "key of one's own, made",
    context: { kmsKey: "create", workerImage },
    guarantees: [everythingUnderKey, ownKey],
    mutations: [
      ...keyMutations,
      [
        "the key never rotates",
        /never rotates/,
        (t) =>
          each(t, "AWS::KMS::Key", /^Key/, ({ Properties }) => {
            Properties.EnableKeyRotation = false;
          }),
      ],
      [
        "CloudFront cannot read images",
        /cannot be used by "cloudfront/,
        (t) =>
          each(t, "AWS::KMS::Key", /^Key/, ({ Properties }) => {
            Properties.KeyPolicy.Statement.pop();
          }),
      ],
    ],
  },
  {
    name: "key of one's own, named",
    context: { kmsKey: keyArn, workerImage },
    guarantees: [
      everythingUnderKey,
      {
        name: "a key that is named is the one used, and none is made",
        broken: (resources) => [
          ...ofType(resources, "AWS::KMS::Key")
            .filter(({ id }) => !id.startsWith("Signing"))
            .map(({ id }) => `${id} is made`),
          ...ofType(resources, "AWS::DynamoDB::Table")
            .filter(({ Properties }) => property(Properties, "SSESpecification", "KMSMasterKeyId") !== keyArn)
            .map(({ id }) => `${id} is under another key`),
        ],
      },
    ],
    mutations: [
      ...keyMutations,
      [
        "another key is used",
        /under another key/,
        (t) =>
          each(t, "AWS::DynamoDB::Table", /./, ({ Properties }) => {
            Properties.SSESpecification.KMSMasterKeyId = "alias/other";
          }),
      ],
    ],
  },
  {
    name: "permissions boundary",
    context: { permissionsBoundary: "developer-boundary", workerImage, compute: "asg" },
    guarantees: [
      {
        name: "every role is bounded",
        broken: (resources) =>
          ofType(resources, "AWS::IAM::Role")
            .filter(
              ({ Properties }) => !JSON.stringify(Properties.PermissionsBoundary ?? "").includes("developer-boundary"),
            )
            .map(({ id }) => `${id} is not bounded`),
      },
    ],
    mutations: [
      [
        "a role has no boundary",
        /TickRole\w+ is not bounded/,
        (t) =>
          each(t, "AWS::IAM::Role", /^TickRole/, ({ Properties }) => {
            delete Properties.PermissionsBoundary;
          }),
      ],
    ],
  },
  {
    name: "tags",
    context: { tags: "cost-center=1234,team=vision", workerImage },
    guarantees: [
      {
        name: "everything that takes tags has those of the account",
        broken: (resources) =>
          resources
            .filter(({ Type }) => taggedTypes.includes(Type))
            .filter(({ Properties }) => {
              const tags = JSON.stringify(Properties.Tags ?? "");
              return !(tags.includes('"cost-center"') && tags.includes('"team"') && tags.includes('"deployment"'));
            })
            .map(({ id }) => `${id} lacks tags`),
      },
    ],
    mutations: [
      [
        "a service lacks tags, and so do its tasks",
        /WorkersSpotService\w* lacks tags/,
        (t) =>
          each(t, "AWS::ECS::Service", /^WorkersSpot/, ({ Properties }) => {
            delete Properties.Tags;
          }),
      ],
    ],
  },
  {
    name: "budget of one deployment",
    context: { monthlyBudgetUsd: 100, budgetScope: "deployment", alarmEmail: "ops@example.com", workerImage },
    guarantees: [
      {
        name: "the budget counts what carries the tag of this deployment, and writes to its address twice",
        broken(resources) {
          const budgets = ofType(resources, "AWS::Budgets::Budget");
          return [
            ...budgets.flatMap(({ id, Properties }) => [
              ...(JSON.stringify(property(Properties, "Budget", "CostFilters")) ===
              '{"TagKeyValue":["user:deployment$ZImage-test"]}'
                ? []
                : [`${id} counts something else`]),
              ...((Properties.NotificationsWithSubscribers as unknown[]).length === 2 ? [] : [`${id} does not warn`]),
            ]),
            ...atLeast(budgets, 1, "AWS::Budgets::Budget"),
          ];
        },
      },
    ],
    mutations: [
      [
        "the budget counts the whole account",
        /counts something else/,
        (t) =>
          each(t, "AWS::Budgets::Budget", /./, ({ Properties }) => {
            delete Properties.Budget.CostFilters;
          }),
      ],
    ],
  },
  {
    name: "image of another account, by its digest",
    context: { workerImage: `210987654321.dkr.ecr.eu-west-1.amazonaws.com/platform/z-image@sha256:${"0f".repeat(32)}` },
    guarantees: [
      {
        name: "the image is pulled from its own registry by its digest, and that repository may be read",
        broken(resources) {
          const tasks = ofType(resources, "AWS::ECS::TaskDefinition");
          const execution = ofType(resources, "AWS::IAM::Policy").filter(({ id }) =>
            id.startsWith("WorkersTaskExecutionRole"),
          );
          return [
            ...tasks
              .filter(({ Properties }) => {
                const image = JSON.stringify(property(Properties, "ContainerDefinitions", 0, "Image"));
                return !/210987654321\.dkr\.ecr\.eu-west-1.*\/platform\/z-image@sha256:(0f){32}/.test(image);
              })
              .map(({ id }) => `${id} runs another image`),
            ...execution
              .filter(
                ({ Properties }) =>
                  !JSON.stringify(Properties).includes(":ecr:eu-west-1:210987654321:repository/platform/z-image"),
              )
              .map(({ id }) => `${id} may not pull it`),
            ...atLeast(execution, 1, "policy of the execution role"),
            ...atLeast(tasks, 1, "AWS::ECS::TaskDefinition"),
          ];
        },
      },
    ],
    mutations: [
      [
        "the tag is taken in place of the digest",
        /runs another image/,
        (t) =>
          each(t, "AWS::ECS::TaskDefinition", /./, ({ Properties }) => {
            Properties.ContainerDefinitions[0].Image = "platform/z-image:latest";
          }),
      ],
      [
        "the repository may not be read",
        /may not pull it/,
        (t) =>
          each(t, "AWS::IAM::Policy", /^WorkersTaskExecutionRole/, ({ Properties }) => {
            Properties.PolicyDocument.Statement = [];
          }),
      ],
    ],
  },
];

/** Types of ours that take tags as a list. */
const taggedTypes = [
  "AWS::ApiGateway::RestApi",
  "AWS::ApiGateway::Stage",
  "AWS::CloudFront::Distribution",
  "AWS::DynamoDB::Table",
  "AWS::EC2::SecurityGroup",
  "AWS::EC2::Subnet",
  "AWS::EC2::VPC",
  "AWS::ECS::CapacityProvider",
  "AWS::ECS::Cluster",
  "AWS::ECS::Service",
  "AWS::ECS::TaskDefinition",
  "AWS::IAM::Role",
  "AWS::Lambda::Function",
  "AWS::Logs::LogGroup",
  "AWS::S3::Bucket",
  "AWS::SecretsManager::Secret",
  "AWS::SNS::Topic",
  "AWS::SQS::Queue",
];
