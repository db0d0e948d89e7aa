import { beforeEach, expect, it, vi } from "vitest";
import { scriptedAws } from "../../test/support/aws/aws-scripted-server.ts";
import { openTeardownActions } from "./teardown-actions.ts";

beforeEach(() => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  return () => vi.unstubAllEnvs();
});

async function actionsOn(...answers: Parameters<typeof scriptedAws>[0]) {
  const { endpoint, seen } = await scriptedAws(answers);
  vi.stubEnv("AWS_ENDPOINT_URL", endpoint);
  const actions = openTeardownActions("us-east-1");
  return { actions, seen, sent: () => seen.map(({ body }) => JSON.parse(body) as unknown) };
}

it("stops the rule, the services and the tasks that it is given", async () => {
  const { actions, sent } = await actionsOn({}, {}, {});
  await actions.disableRule("tick");
  await actions.setDesiredCount("cluster", "spot", 0);
  await actions.stopTask("cluster", "task-1");
  actions.close();
  expect(sent()).toMatchObject([
    { Name: "tick" },
    { cluster: "cluster", service: "spot", desiredCount: 0 },
    { cluster: "cluster", task: "task-1" },
  ]);
});

it("lists tasks and counts machines over all pages", async () => {
  const { actions } = await actionsOn(
    { body: JSON.stringify({ taskArns: ["a", "b"], nextToken: "2" }) },
    { body: JSON.stringify({ taskArns: ["c"] }) },
    { body: JSON.stringify({ containerInstanceArns: ["m1", "m2"], nextToken: "2" }) },
    { body: JSON.stringify({ containerInstanceArns: ["m3"] }) },
  );
  expect(await actions.listTasks("cluster")).toEqual(["a", "b", "c"]);
  expect(await actions.countMachines("cluster")).toBe(3);
  actions.close();
});

const versions = (...keys: string[]) => ({
  body: `<ListVersionsResult>${keys
    .map((key) => `<Version><Key>${key}</Key><VersionId>v</VersionId></Version>`)
    .join("")}<DeleteMarker><Key>marked</Key><VersionId>d</VersionId></DeleteMarker></ListVersionsResult>`,
});
const none = { body: "<ListVersionsResult></ListVersionsResult>" };

it("empties a bucket of every version and every mark of a deletion", async () => {
  const deleted = { body: "<DeleteResult></DeleteResult>" };
  const { actions, seen } = await actionsOn(versions("a", "b"), deleted, versions("c"), deleted, none);
  expect(await actions.emptyBucket("images")).toBe(5);
  actions.close();
  expect(seen[1]!.body.match(/<Key>\w+<\/Key>/g)).toEqual(["<Key>a</Key>", "<Key>b</Key>", "<Key>marked</Key>"]);
});

it("says which object could not be deleted", async () => {
  const failed = { body: "<DeleteResult><Error><Key>a</Key><Message>locked</Message></Error></DeleteResult>" };
  const { actions } = await actionsOn(versions("a"), failed);
  await expect(actions.emptyBucket("images")).rejects.toThrow("images/a could not be deleted: locked");
  actions.close();
});
