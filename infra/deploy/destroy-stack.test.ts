import { beforeEach, expect, it, vi } from "vitest";
import { type SeenRequest, scriptedAws } from "../../test/support/aws/aws-scripted-server.ts";
import { destroyStack } from "./destroy-stack.ts";

beforeEach(() => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  return () => vi.unstubAllEnvs();
});

const stack =
  "<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries><member>" +
  "<ResourceType>AWS::S3::Bucket</ResourceType><PhysicalResourceId>images</PhysicalResourceId>" +
  "<LogicalResourceId>L</LogicalResourceId><ResourceStatus>CREATE_COMPLETE</ResourceStatus>" +
  "</member></StackResourceSummaries></ListStackResourcesResult></ListStackResourcesResponse>";

/** A stack that is one bucket, which is empty whenever it is looked at. */
async function destroy({ deleteData, statuses }: { readonly deleteData: boolean; readonly statuses: number[] }) {
  const answer = ({ path }: SeenRequest) => ({
    body: path.includes("versions") ? "<ListVersionsResult></ListVersionsResult>" : stack,
  });
  const { endpoint, seen } = await scriptedAws(Array.from({ length: 8 }, () => answer));
  vi.stubEnv("AWS_ENDPOINT_URL", endpoint);
  const left = [...statuses];
  const status = await destroyStack({
    region: "us-east-1",
    stack: "ZImage-test",
    deleteData,
    clock: { now: () => 0, sleep: async () => {} },
    write: () => {},
    destroy: async () => left.shift()!,
  });
  return { status, tries: statuses.length - left.length, looks: seen.filter(({ path }) => path.includes("versions")) };
}

it("empties the buckets again and tries once more when one of them was not empty", async () => {
  const { status, tries, looks } = await destroy({ deleteData: true, statuses: [1, 0] });
  expect([status, tries, looks.length]).toEqual([0, 2, 2]);
});

it("destroys a stack once that goes at once", async () => {
  const { status, tries } = await destroy({ deleteData: true, statuses: [0, 9] });
  expect([status, tries]).toEqual([0, 1]);
});

it("touches no data that is kept, and passes on the failure", async () => {
  const { status, tries, looks } = await destroy({ deleteData: false, statuses: [3, 0] });
  expect([status, tries, looks]).toEqual([3, 1, []]);
});
