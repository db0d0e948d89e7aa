import { atLeast, ofType, property, statementsOf } from "../guarantees/guarantee.ts";
import { each } from "../guarantees/mutations/mutation.ts";
import { type Variant, workerImage } from "./variant.ts";

const tableName = "z-image-restored";

/** What becomes of the data: deleted with a trial, or taken over from a backup. */
export const dataVariants: readonly Variant[] = [
  {
    name: "trial",
    context: { apiRollout: "all-at-once", retainData: "false", kmsKey: "create", workerImage },
    guarantees: [
      {
        name: "a trial leaves nothing behind",
        broken: (resources) =>
          resources
            // Earlier versions of the task definition stay registered, for services that go back; they hold nothing.
            .filter(({ Type }) => Type !== "AWS::ECS::TaskDefinition")
            .filter(
              ({ DeletionPolicy = "Delete", UpdateReplacePolicy = "Delete", Properties }) =>
                DeletionPolicy !== "Delete" ||
                UpdateReplacePolicy !== "Delete" ||
                Properties?.DeletionProtectionEnabled === true,
            )
            .map(({ id }) => `${id} stays`),
      },
    ],
    mutations: [
      [
        "weights stay",
        /Weights\w+ stays/,
        (t) =>
          each(t, "AWS::S3::Bucket", /^Weights/, (bucket) => {
            bucket.DeletionPolicy = "Retain";
          }),
      ],
    ],
  },
  {
    name: "restored table",
    context: { tableName, workerImage },
    guarantees: [
      {
        name: "a restored table is used by everybody, and no other is made",
        broken(resources) {
          const named = [
            ...ofType(resources, "AWS::Lambda::Function").map(({ id, Properties }) => ({
              id,
              name: property(Properties, "Environment", "Variables", "TABLE_NAME"),
            })),
            ...ofType(resources, "AWS::ECS::TaskDefinition").map(({ id, Properties }) => {
              const variables = property(Properties, "ContainerDefinitions", 0, "Environment") as { Name: string }[];
              return {
                id,
                name: property(
                  variables.find(({ Name }) => Name === "TABLE_NAME"),
                  "Value",
                ),
              };
            }),
          ];
          const roles = ofType(resources, "AWS::IAM::Policy").filter(({ Properties }) =>
            statementsOf(Properties).some(({ Action }) => [Action].flat().includes("dynamodb:PutItem")),
          );
          return [
            ...ofType(resources, "AWS::DynamoDB::Table").map(({ id }) => `${id} is made`),
            ...named.filter(({ name }) => name !== tableName).map(({ id }) => `${id} uses another table`),
            ...roles
              .filter(({ Properties }) => !JSON.stringify(Properties).includes(`:table/${tableName}/index/due`))
              .map(({ id }) => `${id} may not use it`),
            ...atLeast(roles, 5, "role that writes jobs"),
          ];
        },
      },
    ],
    mutations: [
      [
        "workers write into another table",
        /WorkersTask\w+ uses another table/,
        (t) =>
          each(t, "AWS::ECS::TaskDefinition", /./, ({ Properties }) => {
            Properties.ContainerDefinitions[0].Environment = [];
          }),
      ],
      [
        "a role may not use the table",
        /TickRole\w+ may not use it/,
        (t) =>
          each(t, "AWS::IAM::Policy", /^TickRole/, ({ Properties }) => {
            for (const statement of Properties.PolicyDocument.Statement) statement.Resource = "none";
          }),
      ],
    ],
  },
];
