import { each, type Mutation, policy } from "./mutation.ts";

/** Each breaks one of `permissionGuarantees`. */
export const permissionMutations: readonly Mutation[] = [
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
    "workers may not sign",
    /WorkersTaskTaskRole may not sign/,
    (t) =>
      each(t, "AWS::IAM::Policy", /^WorkersTaskTaskRole/, (one) => {
        for (const statement of policy(one)) if (statement.Action === "kms:Sign") statement.Action = "kms:GetPublicKey";
      }),
  ],
  [
    "the tick signs by any algorithm",
    /TickRole\w+ signs by any algorithm/,
    (t) =>
      each(t, "AWS::IAM::Policy", /^TickRole/, (one) => {
        for (const statement of policy(one)) if (statement.Action === "kms:Sign") delete statement.Condition;
      }),
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
    "the tick may pass its tasks' roles to anything",
    /passes roles to any service/,
    (t) =>
      each(t, "AWS::IAM::Policy", /^TickRole/, (one) => {
        for (const statement of policy(one)) delete statement.Condition;
      }),
  ],
];
