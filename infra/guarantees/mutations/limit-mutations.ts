import { each, type Mutation, policy } from "./mutation.ts";

/** Each breaks one of `limitGuarantees`. */
export const limitMutations: readonly Mutation[] = [
  [
    "a role's policies grow",
    /inline policies of \d+, and AWS takes 10240/,
    (t) =>
      each(t, "AWS::IAM::Policy", /^ApiFunctionRole/, (one) => {
        for (let n = 0; n < 7; n++) policy(one).push(...structuredClone(policy(one)).slice(0, 12));
      }),
  ],
  [
    "a function is given a long text",
    /TickFunction\w+: variables of \d+, and AWS takes 4096/,
    (t) =>
      each(t, "AWS::Lambda::Function", /^Tick/, ({ Properties }) => {
        Properties.Environment.Variables.PRICES = "x".repeat(3_500);
      }),
  ],
  [
    "the worker is given a very long text",
    /definition of \d+, and AWS takes 65536/,
    (t) =>
      each(t, "AWS::ECS::TaskDefinition", /./, ({ Properties }) => {
        Properties.ContainerDefinitions[0].Command = ["x".repeat(65_536)];
      }),
  ],
  [
    "the key check grows",
    /code of \d+, and AWS takes 10240/,
    (t) =>
      each(t, "AWS::CloudFront::Function", /./, ({ Properties }) => {
        Properties.FunctionCode = Properties.FunctionCode.repeat(4);
      }),
  ],
  [
    "more is to be remembered than a parameter holds",
    /value of \d+, and AWS takes 8192/,
    (t) =>
      each(t, "AWS::SSM::Parameter", /./, ({ Properties }) => {
        Properties.Value = "x".repeat(9_000);
      }),
  ],
  [
    "the parameter keeps to 4 KB",
    /more than 4 KB are refused/,
    (t) =>
      each(t, "AWS::SSM::Parameter", /./, ({ Properties }) => {
        Properties.Tier = "Standard";
      }),
  ],
  [
    "the template has too many resources",
    /resources of \d+, and AWS takes 500/,
    (t) => {
      for (let n = 0; n < 400; n++) t.Resources[`Topic${n}`] = { Type: "AWS::SNS::Topic", Properties: {} };
    },
  ],
  [
    "headers of images have the same name in all regions",
    /EdgeImageHeaders\w+ has one name in all regions/,
    (t) =>
      each(t, "AWS::CloudFront::ResponseHeadersPolicy", /ImageHeaders/, ({ Properties }) => {
        Properties.ResponseHeadersPolicyConfig.Name = "ZImagetestEdgeImageHeaders";
      }),
  ],
  [
    "instance roles have names of their own",
    /may not be passed to instances/,
    (t) =>
      each(t, "AWS::IAM::Role", /InstanceRole/, ({ Properties }) => {
        Properties.RoleName = "worker-us-east-1";
      }),
  ],
  [
    "instance roles have long names",
    /has a name of more than 64 characters/,
    (t) =>
      each(t, "AWS::IAM::Role", /InstanceRole/, ({ Properties }) => {
        Properties.RoleName = `ecsInstanceRole-us-east-1-${"x".repeat(40)}`;
      }),
  ],
];
