import { App, Duration, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { it } from "vitest";
import { PipelineFunction, type PipelineFunctionProps } from "./pipeline-function.ts";

function template(props: Partial<PipelineFunctionProps> = {}) {
  const stack = new Stack(new App(), "S");
  new PipelineFunction(stack, "F", {
    entry: "functions/webhook/lambda.ts",
    description: "tells",
    timeout: Duration.seconds(50),
    memoryMiB: 256,
    environment: { STATE: "aws" },
    logRetention: 30,
    ...props,
  });
  return Template.fromStack(stack);
}

it("may write to its own log group, and nothing else yet", () => {
  const found = template();
  found.hasResourceProperties("AWS::IAM::Role", { ManagedPolicyArns: Match.absent() });
  found.allResourcesProperties("AWS::IAM::Policy", {
    PolicyDocument: Match.objectLike({
      Statement: [
        Match.objectLike({
          Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
          Resource: { "Fn::GetAtt": [Match.stringLikeRegexp("^FLogs"), "Arn"] },
        }),
      ],
    }),
  });
});

it("is stopped by Lambda when it invokes itself, unless it may", () => {
  template().hasResourceProperties("AWS::Lambda::Function", { RecursiveLoop: "Terminate" });
  template({ invokesItself: true }).hasResourceProperties("AWS::Lambda::Function", { RecursiveLoop: "Allow" });
});

it("is invoked by an alias, behind which versions change", () => {
  template().hasResourceProperties("AWS::Lambda::Alias", { Name: "live" });
});
