import { GetParameterCommand, ParameterNotFound, SSMClient } from "@aws-sdk/client-ssm";
import {
  parseRememberedSettings,
  type RememberedSettings,
  settingsParameterName,
} from "../config/remembered-settings.ts";

/** Text of an SSM parameter of the region; `undefined` where there is none. */
export async function readParameter(region: string, name: string): Promise<string | undefined> {
  const client = new SSMClient({ region });
  try {
    return (await client.send(new GetParameterCommand({ Name: name }))).Parameter?.Value;
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined;
    throw error;
  } finally {
    client.destroy();
  }
}

/** The settings of the deployment that is there; `undefined` where there is none. */
export async function readDeployedSettings(
  region: string,
  environment: string,
): Promise<RememberedSettings | undefined> {
  const text = await readParameter(region, settingsParameterName(environment));
  return text === undefined ? undefined : parseRememberedSettings(text);
}
