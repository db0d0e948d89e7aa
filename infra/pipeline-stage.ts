import { type Environment, Stage, type StageProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { acknowledgeFindings } from "./acknowledged-findings.ts";
import { readConfig } from "./config/read-config.ts";
import type { StackConfig } from "./config/settings.ts";
import { globalStackName } from "./deploy/deploy-global-stack.ts";
import { GlobalStack, globalRegion, needsGlobalStack } from "./global-stack.ts";
import { ImagePipelineStack } from "./image-pipeline-stack.ts";

export interface PipelineStageProps extends StageProps {
  /**
   * Name under `environments` of cdk.json, where the settings of the deployment are, `account` and `region` among them.
   */
  readonly environment: string;
}

/**
 * One deployment as a stage of CDK Pipelines: `pipeline.addStage(new PipelineStage(this, "prod", { environment: "prod"
 * }))`. Its stacks have the names that `npm run deploy` gives them.
 * @throws InvalidInputError as `readConfig`
 */
export class PipelineStage extends Stage {
  constructor(scope: Construct, id: string, { environment, ...props }: PipelineStageProps) {
    const config = readConfig({ ...scope.node.getAllContext(), environment });
    const env = props.env ?? namedEnvironment(config);
    super(scope, id, { ...props, env });
    addStacks(this, config, env);
  }
}

/** Account and region that the settings name; `undefined` where they name none. */
export function namedEnvironment({ account, region }: StackConfig): Environment | undefined {
  return account === "" && region === "" ? undefined : { account: account || undefined, region: region || undefined };
}

/** The stacks of one deployment. */
export function addStacks(scope: Construct, config: StackConfig, env: Environment | undefined): void {
  const name = `ZImage-${config.environment}`;
  const pipeline = new ImagePipelineStack(scope, name, {
    config,
    stackName: name,
    // What is remembered was written by the stack that is there.
    isUpdate: scope.node.tryGetContext("remembered") !== undefined,
    description: "Z-Image Pipeline: text to image on GPUs that cost nothing while idle",
    env,
  });
  acknowledgeFindings(pipeline, config);
  if (!needsGlobalStack(config)) return;
  const global = new GlobalStack(scope, globalStackName(name), {
    config,
    stackName: globalStackName(name),
    description: "Z-Image Pipeline: what CloudFront takes from us-east-1",
    env: { account: env?.account, region: globalRegion },
  });
  pipeline.addStackDependency(global);
}
