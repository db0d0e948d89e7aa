import { beforeEach, expect, it, vi } from "vitest";
import { type ScriptedAnswer, scriptedAws } from "../../test/support/aws/aws-scripted-server.ts";
import { readDeployedSettings } from "./deployed-settings.ts";

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

const parameter = (Value: string) => ({ body: JSON.stringify({ Parameter: { Value } }) });
const missing = { status: 400, body: JSON.stringify({ __type: "ParameterNotFound" }) };

it("reads the settings that the environment was deployed with", async () => {
  const seen = await serve(parameter('{"maxWorkers":"3"}'));
  expect(await readDeployedSettings("us-east-1", "prod")).toEqual({ maxWorkers: "3" });
  expect(JSON.parse(seen[0]!.body)).toEqual({ Name: "/z-image/prod/settings" });
});

it("knows no settings where nothing was deployed", async () => {
  await serve(missing);
  expect(await readDeployedSettings("us-east-1", "prod")).toBeUndefined();
});

it("passes on a refusal", async () => {
  await serve({ status: 400, body: JSON.stringify({ __type: "AccessDeniedException", message: "not authorized" }) });
  await expect(readDeployedSettings("us-east-1", "prod")).rejects.toThrow("not authorized");
});
