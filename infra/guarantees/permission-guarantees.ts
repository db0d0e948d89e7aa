import { environment } from "../../shared/environment.ts";
import { type Guarantee, type Named, ofType, property, type Statement, statementsOf } from "./guarantee.ts";

/** Items are read and written through `shared/aws/items.ts` alone. */
const itemActions = [
  "BatchGetItem",
  "ConditionCheckItem",
  "DeleteItem",
  "GetItem",
  "PutItem",
  "Query",
  "UpdateItem",
].map((action) => `dynamodb:${action}`);

const logActions = ["logs:CreateLogStream", "logs:PutLogEvents"];

/** What Lambda needs of a queue that invokes a function. */
const receiveActions = [
  "ChangeMessageVisibility",
  "DeleteMessage",
  "GetQueueAttributes",
  "GetQueueUrl",
  "ReceiveMessage",
].map((action) => `sqs:${action}`);

/** With the key that signs images and the roots of days. */
const signingActions = ["kms:GetPublicKey", "kms:Sign"];

/**
 * The most that each role may do, keyed by the start of the logical id of its policy. A role that is not listed may do
 * nothing.
 */
const allowedActions: { readonly [role: string]: readonly string[] } = {
  ApiFunctionRole: [
    ...itemActions,
    ...logActions,
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
    "sqs:GetQueueAttributes",
    "sqs:SendMessage",
  ],
  DispatcherRole: [...itemActions, ...logActions, ...receiveActions, "sqs:SendMessage"],
  RunsRole: [
    ...itemActions,
    ...logActions,
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
    ...receiveActions,
    "sqs:SendMessage",
  ],
  TickRole: [
    ...itemActions,
    ...logActions,
    "ecs:DescribeServices",
    "ecs:UpdateService",
    "iam:PassRole",
    ...signingActions,
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:ListBucket",
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetSecretValue",
    "sqs:GetQueueAttributes",
    "sqs:SendMessage",
  ],
  WorkersTaskTaskRole: [
    ...itemActions,
    "ecs:GetTaskProtection",
    "ecs:UpdateTaskProtection",
    ...signingActions,
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
  ],
  WorkersTaskExecutionRole: [
    ...logActions,
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
  ],
  WorkersNetworkVpcrejectedIAMRole: [...logActions, "logs:DescribeLogStreams"],
};

/** With a customer-managed key: through the stores only. */
const keyActions = ["Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo"].map(
  (action) => `kms:${action}`,
);

/** Where a role may delete objects: inputs that their owner takes back, images that no job names, accounts' LoRAs. */
const deletablePrefixes: { readonly [role: string]: readonly string[] } = {
  // Images and their previews too: DELETE /v1/images/{id}. Files of runs go with their owner.
  ApiFunctionRole: ["o/", "p/", "in/", "adapters/", "k/", "r/"],
  RunsRole: ["adapters/"],
  TickRole: ["o/", "p/", "in/"],
};

/** For sending spans to X-Ray, where that is enabled. */
const traceActions = ["xray:PutSpans", "xray:PutSpansForIndexing", "xray:PutTraceSegments"];

/** Reading a secret that is named: a collector's token. */
const secretActions = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"];

/** The only actions that cannot be limited to resources. */
const resourcelessActions: ReadonlySet<string> = new Set([
  "ecr:GetAuthorizationToken",
  "ecs:DiscoverPollEndpoint",
  ...traceActions,
]);

/** Machines' own roles, which the CDK makes as AWS prescribes; cdk-nag watches them. */
const machineRoles = /^Workers(Spot|OnDemand|Canary)(Capacity|Group|Instance)/;

const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

function signingKeyOf(task: Named["Properties"]): unknown {
  const variables = property(task, "ContainerDefinitions", 0, "Environment") as { Name: string; Value: unknown }[];
  return variables.find(({ Name }) => Name === environment.signingKey)?.Value;
}

/**
 * Guarantees for IAM: what each role may do, and who may take it.
 * `guarantees.test.ts` breaks each of them.
 */
export const permissionGuarantees: readonly Guarantee[] = [
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
          return statementsOf(Properties).flatMap(({ Effect, Action, Resource, Condition }) => {
            const actions = [Action].flat();
            const viaStores = property(Condition, "StringEquals", "kms:ViaService") !== undefined;
            const oneSecret = JSON.stringify(Resource ?? "").includes(":secret:z-image/collector");
            const more = [...(viaStores ? keyActions : []), ...(oneSecret ? secretActions : []), ...traceActions];
            const allowed = [...allowedActions[role]!, ...more];
            const surplus = actions.filter((action) => !allowed.includes(action));
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
    name: "objects are deleted by three roles, each under its own prefixes",
    broken: (resources) =>
      ofType(resources, "AWS::IAM::Policy").flatMap(({ id, Properties }) => {
        const prefixes = Object.entries(deletablePrefixes).find(([role]) => id.startsWith(role))?.[1] ?? [];
        return statementsOf(Properties)
          .filter(({ Effect, Action }) => Effect === "Allow" && [Action].flat().includes("s3:DeleteObject"))
          .flatMap(({ Resource }) => [Resource].flat())
          .filter((one) => !prefixes.some((prefix) => JSON.stringify(one).endsWith(`"/${prefix}*"]]}`)))
          .map((one) => `${id} deletes ${JSON.stringify(one)}`);
      }),
  },
  {
    name: "workers and the tick sign with one key, by one algorithm",
    broken(resources) {
      const [key] = ofType(resources, "AWS::ECS::TaskDefinition").map(({ Properties }) => signingKeyOf(Properties));
      const signers = ofType(resources, "AWS::IAM::Policy").flatMap(({ id, Properties }) =>
        statementsOf(Properties)
          .filter(({ Action }) => [Action].flat().includes("kms:Sign"))
          .map((statement) => ({ id, ...statement })),
      );
      const needed = key === undefined ? [] : ["TickRole", "WorkersTaskTaskRole"];
      return [
        ...needed
          .filter(
            (role) => !signers.some(({ id, Resource }) => id.startsWith(role) && isSame([Resource].flat(), [key])),
          )
          .map((role) => `${role} may not sign with the key of the workers`),
        ...signers
          .filter(({ Condition }) => property(Condition, "StringEquals", "kms:SigningAlgorithm") !== "ECDSA_SHA_256")
          .map(({ id }) => `${id} signs by any algorithm`),
      ];
    },
  },
  {
    name: "roles are taken by services of AWS alone",
    broken: (resources) =>
      ofType(resources, "AWS::IAM::Role")
        .filter(({ Properties }) =>
          (property(Properties, "AssumeRolePolicyDocument", "Statement") as Statement[]).some(
            ({ Principal }) => typeof property(Principal, "Service") !== "string",
          ),
        )
        .map(({ id }) => id),
  },
  {
    name: "roles are passed to tasks alone",
    broken: (resources) =>
      ofType(resources, "AWS::IAM::Policy")
        .filter(({ id }) => !machineRoles.test(id))
        .flatMap(({ id, Properties }) =>
          statementsOf(Properties)
            .filter(({ Action }) => [Action].flat().includes("iam:PassRole"))
            .filter(
              ({ Condition }) =>
                property(Condition, "StringEquals", "iam:PassedToService") !== "ecs-tasks.amazonaws.com",
            )
            .map(() => `${id} passes roles to any service`),
        ),
  },
];
