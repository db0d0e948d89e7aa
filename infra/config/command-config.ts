import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readConfig } from "./read-config.ts";
import type { RememberedSettings } from "./remembered-settings.ts";
import type { StackConfig } from "./settings.ts";

/**
 * The configuration as the CDK would read it: what the deployment remembers, under what `cdk.json` says, under what the
 * command line says.
 * @param context - `key=value`s
 * @throws InvalidInputError as `readConfig`
 */
export function commandConfig({
  environment,
  context,
  remembered,
}: {
  readonly environment?: string | undefined;
  readonly context: readonly string[];
  /** Settings of the deployment that is there. */
  readonly remembered?: RememberedSettings | undefined;
}): StackConfig {
  const file = JSON.parse(readFileSync(join(import.meta.dirname, "../../cdk.json"), "utf8")) as {
    readonly context: { readonly [key: string]: unknown };
  };
  const given = context.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]);
  return readConfig({
    ...file.context,
    ...(environment !== undefined && { environment }),
    ...(remembered !== undefined && { remembered: JSON.stringify(remembered) }),
    ...Object.fromEntries(given),
  });
}
