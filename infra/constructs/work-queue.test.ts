import { App, Duration, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { it } from "vitest";
import { WorkQueue } from "./work-queue.ts";

it("moves messages to its dead letters, which a second queue may share", () => {
  const stack = new Stack(new App(), "S");
  const visibilityTimeout = Duration.seconds(90);
  const { deadLetters } = new WorkQueue(stack, "Jobs", { visibilityTimeout, maxReceiveCount: 5 });
  new WorkQueue(stack, "Batch", { visibilityTimeout, maxReceiveCount: 3, deadLetters });
  const template = Template.fromStack(stack);
  template.resourceCountIs("AWS::SQS::Queue", 3);
  for (const maxReceiveCount of [5, 3]) {
    template.hasResourceProperties("AWS::SQS::Queue", {
      VisibilityTimeout: 90,
      RedrivePolicy: { maxReceiveCount, deadLetterTargetArn: stack.resolve(deadLetters.queueArn) },
    });
  }
  // None takes messages over plain HTTP.
  template.allResourcesProperties("AWS::SQS::QueuePolicy", {
    PolicyDocument: Match.objectLike({
      Statement: [Match.objectLike({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } })],
    }),
  });
});
