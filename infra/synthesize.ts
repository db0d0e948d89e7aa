import { App } from "aws-cdk-lib";
import { Template as CdkTemplate } from "aws-cdk-lib/assertions";
import { readConfig } from "./config/read-config.ts";
import type { Template } from "./guarantees/guarantee.ts";
import { ImagePipelineStack } from "./image-pipeline-stack.ts";

/** The template that a deployment with this context would send, for tests. */
export function synthesize(context: { readonly [key: string]: unknown } = {}): Template {
  const env = { account: "123456789012", region: "us-east-1" };
  const stack = new ImagePipelineStack(new App(), "ZImage-test", {
    config: readConfig(context),
    isUpdate: context.remembered !== undefined,
    env,
  });
  return CdkTemplate.fromStack(stack).toJSON() as Template;
}
