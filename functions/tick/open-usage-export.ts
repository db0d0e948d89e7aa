import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { environment } from "../../shared/environment.ts";
import { InvalidInputError } from "../../shared/errors.ts";
import { guardedFetch } from "../../shared/net/guarded-fetch.ts";
import type { openCloud } from "../open-cloud.ts";
import { exportUsage } from "./export-usage.ts";

/**
 * Events of one pass, and for how long passes are made: an unresponsive billing system must not use up the
 * invocation.
 */
const eventsPerPass = 5;
const responseMs = 5_000;
const exportMs = 10_000;
/** A key that was changed is in use after this. */
const keyLifeMs = 600_000;

/**
 * The export of usage that the stack asks for, with the key from Secrets Manager; does nothing where it asks for none.
 * @throws InvalidInputError naming the variable that is missing
 */
export function openUsageExport(
  env: NodeJS.ProcessEnv,
  { items, clock, log, config }: Pick<ReturnType<typeof openCloud>, "items" | "clock" | "log" | "config">,
): () => Promise<void> {
  const url = env[environment.usageExportUrl];
  if (!url) return async () => {};
  const [eventName, SecretId] = [environment.usageMeter, environment.usageKeySecret].map((name) => {
    const value = env[name];
    if (!value) throw new InvalidInputError("invalid_config", `${environment.usageExportUrl} needs ${name} beside it`);
    return value;
  }) as [string, string];
  const secrets = new SecretsManagerClient({ region: config.region });
  let key: { readonly value: string; readonly readAt: number } | undefined;

  async function apiKey(): Promise<string> {
    if (key !== undefined && clock.now() - key.readAt < keyLifeMs) return key.value;
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId }));
    if (!SecretString) throw new InvalidInputError("invalid_config", `the secret ${SecretId} has no text in it`);
    key = { value: SecretString, readAt: clock.now() };
    return SecretString;
  }

  return async () => {
    const allowLoopback = env[environment.localMode] === "1";
    const dependencies = {
      items,
      clock,
      log,
      url,
      eventName,
      apiKey: await apiKey(),
      post: (to: string, request: { readonly headers: { readonly [name: string]: string }; readonly body: string }) =>
        guardedFetch(to, { method: "POST", ...request, allowLoopback, signal: AbortSignal.timeout(responseMs) }),
    };
    const until = clock.now() + exportMs;
    let told = 0;
    for (;;) {
      const pass = await exportUsage(dependencies, eventsPerPass);
      told += pass.told;
      // Failed events are due later: they do not end the call for the ones behind them.
      if (pass.tried < eventsPerPass || clock.now() >= until) break;
    }
    if (told > 0) log("info", "usage reported", { events: told });
  };
}
