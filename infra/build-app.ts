import { type App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { acknowledgeFindings } from "./acknowledged-findings.ts";
import { readConfig } from "./config/read-config.ts";
import { ImagePipelineStack } from "./image-pipeline-stack.ts";

/**
 * What `cdk synth` and `cdk deploy` are given: the stack of the environment that the context names, under cdk-nag.
 * @throws InvalidInputError as `readConfig`
 */
export function buildApp(app: App, env?: { readonly account: string; readonly region: string }): void {
  const config = readConfig(app.node.getAllContext());
  const stack = new ImagePipelineStack(app, `ZImage-${config.environment}`, {
    config,
    description: "Z-Image Pipeline: text to image on GPUs that cost nothing while idle",
    env,
  });
  acknowledgeFindings(stack, config);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}
