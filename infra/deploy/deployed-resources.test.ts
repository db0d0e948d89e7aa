import { beforeEach, expect, it, vi } from "vitest";
import { type ScriptedAnswer, scriptedAws } from "../../test/support/aws/aws-scripted-server.ts";
import { readDeployedResources } from "./deployed-resources.ts";

beforeEach(() => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  return () => vi.unstubAllEnvs();
});

async function readFrom(...answers: ScriptedAnswer[]) {
  const { endpoint, seen } = await scriptedAws(answers);
  vi.stubEnv("AWS_ENDPOINT_URL", endpoint);
  return { resources: await readDeployedResources("us-east-1", "ZImage-test"), seen };
}

const page = (resources: readonly [type: string, id: string, status?: string][], next = "") => ({
  headers: { "content-type": "text/xml" },
  body: `<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries>${resources
    .map(
      ([type, id, status = "CREATE_COMPLETE"]) =>
        `<member><ResourceType>${type}</ResourceType><PhysicalResourceId>${id}</PhysicalResourceId>` +
        `<LogicalResourceId>L</LogicalResourceId><ResourceStatus>${status}</ResourceStatus></member>`,
    )
    .join(
      "",
    )}</StackResourceSummaries>${next && `<NextToken>${next}</NextToken>`}</ListStackResourcesResult></ListStackResourcesResponse>`,
});

const refusal = (message: string) => ({
  status: 400,
  headers: { "content-type": "text/xml" },
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>${message}</Message></Error></ErrorResponse>`,
});

it("sorts the resources of all pages by type, and leaves out those that are deleted", async () => {
  const { resources, seen } = await readFrom(
    page(
      [
        ["AWS::Events::Rule", "tick"],
        ["AWS::S3::Bucket", "images"],
      ],
      "more",
    ),
    page([
      ["AWS::S3::Bucket", "weights"],
      ["AWS::S3::Bucket", "gone", "DELETE_COMPLETE"],
      ["AWS::ECS::Cluster", "cluster"],
      ["AWS::ECS::Service", "spot"],
      ["AWS::ECS::Service", "on-demand"],
      ["AWS::SQS::Queue", "jobs"],
    ]),
  );
  expect(resources).toEqual({
    rules: ["tick"],
    cluster: "cluster",
    services: ["spot", "on-demand"],
    buckets: ["images", "weights"],
  });
  expect(seen.map(({ body }) => new URLSearchParams(body).get("NextToken"))).toEqual([null, "more"]);
});

it("finds nothing where there is no such stack", async () => {
  const { resources } = await readFrom(refusal("Stack with id ZImage-test does not exist"));
  expect(resources).toEqual({ rules: [], cluster: undefined, services: [], buckets: [] });
});

it("passes on any other refusal", async () => {
  await expect(readFrom(refusal("not authorized"))).rejects.toThrow("not authorized");
});
