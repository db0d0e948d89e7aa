import { expect, it } from "vitest";
import { ofType, resourcesOf, statementsOf } from "../guarantees/guarantee.ts";
import { synthesize } from "../synthesize.ts";

const moderation = JSON.stringify({ text: { url: "https://moderation.example/v1/moderations" } });

it("takes the whole ARN of a secret, and asks for that one alone", () => {
  const arn = "arn:aws:secretsmanager:us-east-1:210987654321:secret:platform/moderation-AbCdEf";
  const resources = resourcesOf(synthesize({ moderation, moderationKeySecret: arn }));
  const read = ofType(resources, "AWS::IAM::Policy").flatMap(({ Properties }) =>
    statementsOf(Properties).filter(({ Action }) => [Action].flat().includes("secretsmanager:GetSecretValue")),
  );
  expect(read.map(({ Resource }) => Resource)).toEqual([arn, arn, arn]);
});

it("lets those who ask the moderation service read its key, which stands nowhere", () => {
  const resources = resourcesOf(
    synthesize({ workerImage: "z-image-worker:v1", moderation, moderationKeySecret: "z-image/moderation" }),
  );
  const readers = ofType(resources, "AWS::IAM::Policy").filter(({ Properties }) =>
    statementsOf(Properties).some(
      ({ Action, Resource }) =>
        [Action].flat().includes("secretsmanager:GetSecretValue") &&
        JSON.stringify(Resource).includes(":secret:z-image/moderation-??????"),
    ),
  );
  expect(readers.map(({ id }) => id.replace(/(ServiceRole|DefaultPolicy).*$/, "")).toSorted()).toEqual([
    expect.stringMatching(/^ApiFunction/),
    expect.stringMatching(/^Runs/),
    expect.stringMatching(/^WorkersTaskTaskRole/),
  ]);
  const variables = JSON.stringify(
    [...ofType(resources, "AWS::Lambda::Function"), ...ofType(resources, "AWS::ECS::TaskDefinition")].map(
      ({ Properties }) => Properties,
    ),
  );
  expect(variables).toContain("MODERATION_KEY_SECRET");
  expect(variables).not.toContain('"MODERATION_KEY"');
});
