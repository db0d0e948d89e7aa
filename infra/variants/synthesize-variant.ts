import { readFileSync } from "node:fs";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { buildApp } from "../build-app.ts";
import type { Template } from "../guarantees/guarantee.ts";

export interface SynthesizedVariant {
  /** Of the pipeline's stack. */
  readonly template: Template;
  /** Paths of the templates of all stacks. */
  readonly templateFiles: readonly string[];
  /** Findings of cdk-nag that nobody acknowledged. */
  readonly findings: readonly string[];
}

const env = { account: "123456789012", region: "us-east-1" };

/**
 * What `cdk synth` makes of a context, with cdk-nag's findings, in this process: the functions are bundled once for all
 * variants.
 * @param outdir - folder for the cloud assembly; made where it is not there
 */
export function synthesizeVariant(context: { readonly [key: string]: unknown }, outdir: string): SynthesizedVariant {
  const app = new App({ outdir, context: { environment: "test", ...context } });
  buildApp(app, env);
  const { exitCode } = process;
  const assembly = app.synth();
  // The CDK sets it where there are findings; they are in its report.
  process.exitCode = exitCode;
  const stacks = assembly.stacksRecursively;
  const pipeline = stacks.find(({ stackName }) => /^ZImage-[a-z0-9-]+$/.test(stackName))!;
  const report = JSON.parse(readFileSync(join(outdir, "validation-report.json"), "utf8")) as Report;
  return {
    template: JSON.parse(readFileSync(pipeline.templateFullPath, "utf8")) as Template,
    templateFiles: stacks.map(({ templateFullPath }) => templateFullPath),
    findings: report.pluginReports.flatMap(({ violations }) =>
      violations.map(({ ruleName, violatingConstructs }) => {
        const paths = violatingConstructs.map(({ constructPath }) => constructPath);
        return `${ruleName} at ${paths.join(", ")}`;
      }),
    ),
  };
}

interface Report {
  readonly pluginReports: readonly {
    readonly violations: readonly {
      readonly ruleName: string;
      readonly violatingConstructs: readonly { readonly constructPath: string }[];
    }[];
  }[];
}
