import { readFileSync } from "node:fs";
import { App } from "aws-cdk-lib";
import { buildApp } from "../build-app.ts";
import type { Template } from "../guarantees/guarantee.ts";

export interface SynthesizedVariant {
  /** By the names of their stacks. */
  readonly templates: { readonly [stack: string]: Template };
  /** Paths of the templates of all stacks. */
  readonly templateFiles: readonly string[];
}

/** Account and region of a deployment whose settings name none. */
const env = { account: "123456789012", region: "us-east-1" };

/**
 * What `cdk synth` makes of a context, under cdk-nag, in this process: the functions are bundled once for all variants.
 * @param outdir - folder for the cloud assembly; made where it is not there
 * @throws an error that names the findings of cdk-nag that nobody acknowledged
 */
export function synthesizeVariant(context: { readonly [key: string]: unknown }, outdir: string): SynthesizedVariant {
  const app = new App({ outdir, context: { environment: "test", ...context } });
  buildApp(app, env);
  const assembly = app.synth();
  const stacks = assembly.stacksRecursively;
  return {
    templates: Object.fromEntries(
      stacks.map(({ stackName, templateFullPath }) => [stackName, JSON.parse(readFileSync(templateFullPath, "utf8"))]),
    ),
    templateFiles: stacks.map(({ templateFullPath }) => templateFullPath),
  };
}
