import { beforeEach, expect, it, vi } from "vitest";
import { type ScriptedAnswer, scriptedAws } from "../../test/support/aws/aws-scripted-server.ts";
import { readSecretText } from "./read-secret-text.ts";

beforeEach(() => {
  vi.stubEnv("AWS_REGION", "eu-central-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  return () => vi.unstubAllEnvs();
});

async function serve(answer: ScriptedAnswer) {
  const { endpoint, seen } = await scriptedAws([answer]);
  vi.stubEnv("AWS_ENDPOINT_URL_SECRETS_MANAGER", endpoint);
  return seen;
}

it("reads the text of the secret of that name, in the process's own region", async () => {
  const seen = await serve({ body: JSON.stringify({ SecretString: "api-key=token" }) });
  expect(await readSecretText("z-image/collector")).toBe("api-key=token");
  expect(JSON.parse(seen[0]!.body)).toEqual({ SecretId: "z-image/collector" });
  expect(seen[0]!.headers.authorization).toContain("/eu-central-1/secretsmanager/");
});

it.each([
  { SecretString: "" },
  { SecretBinary: "c2VjcmV0" },
])("refuses the secret %j, which has no text", async (body) => {
  await serve({ body: JSON.stringify(body) });
  await expect(readSecretText("z-image/collector")).rejects.toMatchObject({
    code: "invalid_config",
    message: "the secret z-image/collector has no text in it",
  });
});

it("passes on that there is no such secret", async () => {
  await serve({ status: 400, body: JSON.stringify({ __type: "ResourceNotFoundException", message: "can't find it" }) });
  await expect(readSecretText("z-image/collector")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});
