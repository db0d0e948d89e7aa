import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readParameter } from "./deployed-settings.ts";

/**
 * Part of the names of the CDK's toolkit; organizations that make the toolkit themselves may set their own in cdk.json.
 */
const defaultQualifier = "hnb659fds";

/**
 * Whether the region has the CDK's toolkit, under whatever name its stack goes. Where it is there, `cdk bootstrap`
 * would change what may be a platform team's own, with rights that a deployer seldom has; the CDK itself
 * reports a toolkit that is too old.
 */
export async function hasToolkit(region: string): Promise<boolean> {
  const file = JSON.parse(readFileSync(join(import.meta.dirname, "../../cdk.json"), "utf8")) as {
    readonly context: { readonly [key: string]: unknown };
  };
  const qualifier = String(file.context["@aws-cdk/core:bootstrapQualifier"] ?? defaultQualifier);
  return (await readParameter(region, `/cdk-bootstrap/${qualifier}/version`)) !== undefined;
}
