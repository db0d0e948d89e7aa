import { each, type Mutation } from "./mutation.ts";

/** Each breaks one of `functionGuarantees`. */
export const functionMutations: readonly Mutation[] = [
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
  [
    "steps of runs get a minute",
    /has 60 s/,
    (t) =>
      each(t, "AWS::Lambda::Function", /^Runs/, ({ Properties }) => {
        Properties.Timeout = 60;
      }),
  ],
  [
    "a step waits behind those of other runs",
    /one after another/,
    (t) =>
      each(t, "AWS::Lambda::EventSourceMapping", /^Runs/, ({ Properties }) => {
        Properties.BatchSize = 10;
      }),
  ],
  [
    "Lambda stops the dispatcher as an endless loop",
    /is stopped after some 16 turns/,
    (t) =>
      each(t, "AWS::Lambda::Function", /^Dispatcher/, ({ Properties }) => {
        Properties.RecursiveLoop = "Terminate";
      }),
  ],
  [
    "Lambda cuts responses before they end themselves",
    /is cut after 300000 ms, and ends its responses after 570000/,
    (t) =>
      each(t, "AWS::Lambda::Function", /^ApiFunction/, ({ Properties }) => {
        Properties.Timeout = 300;
      }),
  ],
  [
    "responses do not end themselves",
    /ends its responses after NaN/,
    (t) =>
      each(t, "AWS::Lambda::Function", /^ApiFunction/, ({ Properties }) => {
        delete Properties.Environment.Variables.LONGEST_RESPONSE_MS;
      }),
  ],
  [
    "the tick runs whatever was uploaded last",
    /EveryMinute\w+ invokes whatever/,
    (t) =>
      each(t, "AWS::Events::Rule", /^EveryMinute/, ({ Properties }) => {
        Properties.Targets = [{ Arn: { "Fn::GetAtt": ["TickFunction", "Arn"] } }];
      }),
  ],
  [
    "a new version takes every request at once",
    /moves everybody at once/,
    (t) =>
      each(t, "AWS::CodeDeploy::DeploymentGroup", /./, ({ Properties }) => {
        Properties.DeploymentConfigName = "CodeDeployDefault.LambdaAllAtOnce";
      }),
  ],
  [
    "a failing version stays",
    /takes no failing version back/,
    (t) =>
      each(t, "AWS::CodeDeploy::DeploymentGroup", /./, ({ Properties }) => {
        delete Properties.AlarmConfiguration;
      }),
  ],
  [
    "the API's alias moves by itself",
    /moves without its deployment group/,
    (t) =>
      each(t, "AWS::Lambda::Alias", /^ApiFunction/, (alias) => {
        delete alias.UpdatePolicy;
      }),
  ],
];
