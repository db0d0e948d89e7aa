import { beforeEach, expect, it, vi } from "vitest";
import { type ScriptedAnswer, scriptedAws } from "../../test/support/aws/aws-scripted-server.ts";
import { hasToolkit } from "./has-toolkit.ts";

beforeEach(() => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  return () => vi.unstubAllEnvs();
});

async function serve(answer: ScriptedAnswer) {
  const { endpoint, seen } = await scriptedAws([answer]);
  vi.stubEnv("AWS_ENDPOINT_URL", endpoint);
  return seen;
}

const refusal = (type: string, message = "") => ({ status: 400, body: JSON.stringify({ __type: type, message }) });

it.each([
  [{ body: JSON.stringify({ Parameter: { Value: "28" } }) }, true],
  [refusal("ParameterNotFound"), false],
])("tells whether the region has the CDK's toolkit by the version that it records", async (answer, has) => {
  const seen = await serve(answer);
  expect(await hasToolkit("us-east-1")).toBe(has);
  expect(JSON.parse(seen[0]!.body)).toEqual({ Name: "/cdk-bootstrap/hnb659fds/version" });
});

it("does not take a refusal for a region without one", async () => {
  await serve(refusal("AccessDeniedException", "not authorized"));
  await expect(hasToolkit("us-east-1")).rejects.toThrow("not authorized");
});
