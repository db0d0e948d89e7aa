import { App } from "aws-cdk-lib";
import { PipelineError } from "../shared/errors.ts";
import { buildApp } from "./build-app.ts";

/** Entry of the CDK: what `cdk synth` and `cdk deploy` run, see cdk.json. */
try {
  const app = new App();
  const account = process.env.CDK_DEFAULT_ACCOUNT;
  const region = process.env.CDK_DEFAULT_REGION;
  buildApp(app, account && region ? { account, region } : undefined);
  app.synth();
} catch (error) {
  if (!(error instanceof PipelineError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
