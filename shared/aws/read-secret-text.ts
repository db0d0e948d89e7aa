import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { InvalidInputError } from "../errors.ts";

/**
 * The text of a secret of Secrets Manager, in the process's own region.
 * @throws InvalidInputError where it has none; the SDK's errors
 */
export async function readSecretText(name: string): Promise<string> {
  const client = new SecretsManagerClient({});
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }));
    if (!SecretString) throw new InvalidInputError("invalid_config", `the secret ${name} has no text in it`);
    return SecretString;
  } finally {
    client.destroy();
  }
}
