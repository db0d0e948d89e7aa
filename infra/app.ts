import { App, Tags, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { PipelineError } from "../shared/errors.ts";
import { acknowledgeFindings } from "./acknowledged-findings.ts";
import { readConfig } from "./config/read-config.ts";
import { ImagePipelineStack } from "./image-pipeline-stack.ts";

/** Entry of the CDK: what `cdk synth` and `cdk deploy` run, see cdk.json. */
try {
  const app = new App();
  const config = readConfig(app.node.getAllContext());
  const account = process.env.CDK_DEFAULT_ACCOUNT;
  const region = process.env.CDK_DEFAULT_REGION;
  const stack = new ImagePipelineStack(app, `ZImage-${config.environment}`, {
    config,
    description: "Z-Image Pipeline: text to image on GPUs that cost nothing while idle",
    env: account && region ? { account, region } : undefined,
  });
  // Dashboards have taken tags only since lately: linters refuse the template, and so may a region that is behind.
  const exceptDashboards = { excludeResourceTypes: ["AWS::CloudWatch::Dashboard"] };
  Tags.of(app).add("application", "z-image-pipeline", exceptDashboards);
  Tags.of(app).add("environment", config.environment, exceptDashboards);
  acknowledgeFindings(stack, config);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
} catch (error) {
  if (!(error instanceof PipelineError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
