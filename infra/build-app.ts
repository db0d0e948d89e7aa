import { type App, type Environment, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { readConfig } from "./config/read-config.ts";
import { addStacks, namedEnvironment, PipelineStage } from "./pipeline-stage.ts";

/**
 * What `cdk synth` and `cdk deploy` are given, under cdk-nag: the stacks of the environment that the context names;
 * with `-c stages=staging,prod` a stage for each of several.
 * @param env - account and region of the credentials, for settings that name none
 * @throws InvalidInputError as `readConfig`
 */
export function buildApp(app: App, env?: Environment): void {
  const stages = app.node.tryGetContext("stages") as string | undefined;
  if (stages === undefined) {
    const config = readConfig(app.node.getAllContext());
    addStacks(app, config, { ...env, ...namedEnvironment(config) });
  } else {
    for (const environment of stages.split(",")) new PipelineStage(app, environment, { environment });
  }
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}
