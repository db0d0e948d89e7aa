import { beforeEach, expect, it, vi } from "vitest";
import { scriptedAws } from "../../test/support/aws/aws-scripted-server.ts";
import { prepareAccount } from "./prepare-account.ts";

beforeEach(() => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  return () => vi.unstubAllEnvs();
});

const role = "arn:aws:iam::123456789012:role/z-image-api-gateway-logs";

async function prepare(...answers: Parameters<typeof scriptedAws>[0]) {
  const { endpoint, seen } = await scriptedAws(answers);
  vi.stubEnv("AWS_ENDPOINT_URL", endpoint);
  const said: string[] = [];
  await prepareAccount("us-east-1", (line) => said.push(line));
  return { said, seen };
}

it("says nothing of an account that has what it needs", async () => {
  const { said, seen } = await prepare({ body: JSON.stringify({ cloudwatchRoleArn: role }) });
  expect(said).toEqual([]);
  expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual(["GET /account"]);
});

it("says that it made the role of API Gateway's logs", async () => {
  const made = `<CreateRoleResponse><CreateRoleResult><Role><Arn>${role}</Arn></Role></CreateRoleResult></CreateRoleResponse>`;
  const { said, seen } = await prepare({}, { body: made }, { body: "<AttachRolePolicyResponse/>" }, {});
  expect(said).toEqual([expect.stringContaining("z-image-api-gateway-logs")]);
  expect(seen.at(-1)).toMatchObject({ method: "PATCH", path: "/account", body: expect.stringContaining(role) });
});
