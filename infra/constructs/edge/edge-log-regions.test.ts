import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { expect, it } from "vitest";
import { acknowledgeFindings } from "../../acknowledged-findings.ts";
import { readConfig } from "../../config/read-config.ts";
import { ImagePipelineStack } from "../../image-pipeline-stack.ts";

it.each([
  ["eu-central-1", true],
  ["eu-south-1", false],
])("a distribution of %s writes access logs: %s", (region, writes) => {
  const config = readConfig({ workerImage: "z-image-worker:v1" });
  const stack = new ImagePipelineStack(new App(), "S", { config, env: { account: "123456789012", region } });
  acknowledgeFindings(stack, config);
  const [distribution] = Object.values(Template.fromStack(stack).findResources("AWS::CloudFront::Distribution"));
  expect("Logging" in distribution!.Properties.DistributionConfig).toBe(writes);
});
