import { atLeast, type Guarantee, type Named, ofType, property, statementsOf } from "./guarantee.ts";

/**
 * Guarantees for the Lambda functions and what calls them.
 * `guarantees.test.ts` breaks each of them.
 */
export const functionGuarantees: readonly Guarantee[] = [
  {
    name: "functions run on arm64 with Node 24, and never in local mode",
    broken: (resources) =>
      ofType(resources, "AWS::Lambda::Function").flatMap(({ id, Properties }) => [
        ...(Properties.Runtime === "nodejs24.x" ? [] : [`${id} runs on ${String(Properties.Runtime)}`]),
        ...(property(Properties, "Architectures", 0) === "arm64" ? [] : [`${id} is not for arm64`]),
        ...(property(Properties, "Environment", "Variables", "LOCAL_MODE") === undefined
          ? []
          : [`${id} is in local mode`]),
        ...(Properties.VpcConfig === undefined ? [] : [`${id} is in a VPC`]),
      ]),
  },
  {
    name: "failed notices are given back one by one, and the tick runs every minute and is not repeated",
    broken(resources) {
      const repetitions = ofType(resources, "AWS::Lambda::EventInvokeConfig");
      const mappings = ofType(resources, "AWS::Lambda::EventSourceMapping");
      const rules = ofType(resources, "AWS::Events::Rule");
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
        ...atLeast(mappings, 2, "AWS::Lambda::EventSourceMapping"),
        ...repetitions
          .filter(({ Properties }) => Properties.MaximumRetryAttempts !== 0)
          .map(({ id }) => `${id} repeats what failed`),
        ...atLeast(rules, 1, "AWS::Events::Rule"),
        ...atLeast(repetitions, 1, "AWS::Lambda::EventInvokeConfig"),
      ];
    },
  },
  {
    name: "steps of runs have fifteen minutes and memory for a chunk of rows, and none waits behind another's",
    broken(resources) {
      const runs = ofType(resources, "AWS::Lambda::Function").filter(({ id }) => id.startsWith("Runs"));
      const mappings = ofType(resources, "AWS::Lambda::EventSourceMapping").filter(({ id }) => id.startsWith("Runs"));
      const queues = ofType(resources, "AWS::SQS::Queue").filter(({ id }) => /^RunQueue(?!DeadLetters)/.test(id));
      return [
        ...runs
          .filter(({ Properties }) => !(Number(Properties.Timeout) >= 900 && Number(Properties.MemorySize) >= 1024))
          .map(({ id }) => `${id} has ${runs[0]?.Properties.Timeout} s and ${runs[0]?.Properties.MemorySize} MiB`),
        ...mappings
          .filter(({ Properties }) => Properties.BatchSize !== 1)
          .map(({ id }) => `${id} takes several steps, one after another`),
        ...queues
          .filter(({ Properties }) => Number(Properties.VisibilityTimeout) < 900)
          .map(({ id }) => `${id} shows a message again while its step is being taken`),
        ...atLeast(runs, 1, "function of runs"),
        ...atLeast(mappings, 1, "event source of runs"),
        ...atLeast(queues, 1, "queue of runs"),
      ];
    },
  },
  {
    name: "a function that sends to the queue which invokes it may do so for ever",
    broken(resources) {
      const loops = ofType(resources, "AWS::Lambda::EventSourceMapping").flatMap(({ Properties }) => {
        const queue = String(property(Properties, "EventSourceArn", "Fn::GetAtt", 0));
        const target = invokedFunction(resources, Properties.FunctionName);
        return target !== undefined && maySend(resources, target, queue) ? [target] : [];
      });
      return [
        ...loops
          .filter(({ Properties }) => Properties.RecursiveLoop !== "Allow")
          .map(({ id }) => `${id} is stopped after some 16 turns`),
        ...atLeast(loops, 2, "function that invokes itself"),
      ];
    },
  },
  {
    name: "a response that is held or streamed ends itself before Lambda or the gateway cut it",
    broken(resources) {
      const marginMs = 20_000;
      const functions = ofType(resources, "AWS::Lambda::Function").filter(({ id }) => id.startsWith("ApiFunction"));
      const methods = ofType(resources, "AWS::ApiGateway::Method");
      return functions.flatMap(({ id, Properties }) => {
        const cutAfterMs = Math.min(
          Number(Properties.Timeout) * 1_000,
          ...methods.map((one) => Number(property(one.Properties, "Integration", "TimeoutInMillis"))),
        );
        const endsAfterMs = Number(property(Properties, "Environment", "Variables", "LONGEST_RESPONSE_MS"));
        return endsAfterMs > 0 && endsAfterMs + marginMs <= cutAfterMs
          ? []
          : [`${id} is cut after ${cutAfterMs} ms, and ends its responses after ${endsAfterMs}`];
      });
    },
  },
  {
    name: "callers invoke the live alias, and a new version of the API takes a tenth of the requests first",
    broken(resources) {
      const aliases = ofType(resources, "AWS::Lambda::Alias");
      const invokes = [
        ...ofType(resources, "AWS::ApiGateway::Method").map((one) => ({
          ...one,
          invoked: property(one.Properties, "Integration", "Uri"),
        })),
        ...ofType(resources, "AWS::Lambda::EventSourceMapping").map((one) => ({
          ...one,
          invoked: one.Properties.FunctionName,
        })),
        ...ofType(resources, "AWS::Events::Rule").map((one) => ({ ...one, invoked: one.Properties.Targets })),
      ];
      const groups = ofType(resources, "AWS::CodeDeploy::DeploymentGroup");
      const api = aliases.filter(({ id }) => id.startsWith("ApiFunction"));
      return [
        ...invokes
          .filter(({ invoked }) => !aliases.some(({ id }) => JSON.stringify(invoked).includes(`{"Ref":"${id}"}`)))
          .map(({ id }) => `${id} invokes whatever was uploaded last`),
        ...groups.flatMap(({ id, Properties }) => [
          ...(Properties.DeploymentConfigName === "CodeDeployDefault.LambdaCanary10Percent5Minutes"
            ? []
            : [`${id} moves everybody at once`]),
          ...((property(Properties, "AlarmConfiguration", "Alarms") as unknown[] | undefined)?.length === 2 &&
          JSON.stringify(property(Properties, "AutoRollbackConfiguration", "Events")).includes("STOP_ON_ALARM")
            ? []
            : [`${id} takes no failing version back`]),
        ]),
        ...api
          .filter(
            ({ UpdatePolicy }) =>
              groups.length > 0 && property(UpdatePolicy, "CodeDeployLambdaAliasUpdate") === undefined,
          )
          .map(({ id }) => `${id} moves without its deployment group`),
        ...atLeast(aliases, 4, "AWS::Lambda::Alias"),
      ];
    },
  },
];

/** The function behind what a caller names: an alias, of whose ARN it may take a part, or the function itself. */
function invokedFunction(resources: readonly Named[], named: unknown): Named | undefined {
  const id = /"Ref":"([^"]+)"/.exec(JSON.stringify(named))?.[1];
  const found = resources.find((one) => one.id === id);
  return found?.Type === "AWS::Lambda::Alias" ? invokedFunction(resources, found.Properties.FunctionName) : found;
}

/** Whether the policies of the function's role let it send to the queue. */
function maySend(resources: readonly Named[], target: Named, queue: string): boolean {
  const role = property(target.Properties, "Role", "Fn::GetAtt", 0);
  return ofType(resources, "AWS::IAM::Policy")
    .filter(({ Properties }) =>
      ((Properties.Roles as unknown[] | undefined) ?? []).some((one) => property(one, "Ref") === role),
    )
    .flatMap(({ Properties }) => statementsOf(Properties))
    .some(
      ({ Action, Resource }) =>
        [Action].flat().includes("sqs:SendMessage") && JSON.stringify(Resource).includes(`"${queue}"`),
    );
}
