import { type App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { acknowledgeFindings } from "./acknowledged-findings.ts";
import { readConfig } from "./config/read-config.ts";
import { globalStackName } from "./deploy/deploy-global-stack.ts";
import { GlobalStack, globalRegion, needsGlobalStack } from "./global-stack.ts";
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
  if (needsGlobalStack(config)) {
    new GlobalStack(app, globalStackName(stack.stackName), {
      config,
      description: "Z-Image Pipeline: what CloudFront takes from us-east-1",
      env: env && { account: env.account, region: globalRegion },
    });
  }
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}
