import { expect, it } from "vitest";
import { openAwsState } from "./open-aws-state.ts";

const config = {
  kind: "aws",
  region: "eu-central-1",
  tableName: "t",
  queueUrl: "https://sqs.example/interactive",
  deadLetterQueueUrl: "https://sqs.example/dead",
  bucketName: "b",
} as const;

it("has the queues that the configuration names, and no others", () => {
  const least = openAwsState(config);
  expect([least.notices, least.runSteps]).toEqual([undefined, undefined]);
  const all = openAwsState({
    ...config,
    notifyQueueUrl: "https://sqs.example/notices",
    runQueueUrl: "https://sqs.example/runs",
  });
  expect([all.notices, all.runSteps]).toEqual([expect.anything(), expect.anything()]);
});
