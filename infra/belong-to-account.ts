import { type Stack, Tags } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import { readTags } from "./config/setting.ts";
import type { StackConfig } from "./config/settings.ts";

/** What an account demands of every resource, whichever construct made it: tags, and a boundary on every role. */
export function belongToAccount(
  stack: Stack,
  { environment, tags, permissionsBoundary }: Pick<StackConfig, "environment" | "tags" | "permissionsBoundary">,
): void {
  const all = {
    application: "z-image-pipeline",
    environment,
    // Names one deployment among several of an account, for budgets and cost reports.
    deployment: stack.stackName,
    ...readTags(tags),
  };
  // Dashboards have taken tags only since lately: linters refuse the template, and so may a region that is behind.
  for (const [key, value] of Object.entries(all)) {
    Tags.of(stack).add(key, value, { excludeResourceTypes: ["AWS::CloudWatch::Dashboard"] });
  }
  if (permissionsBoundary !== "") {
    const policy = permissionsBoundary.startsWith("arn:")
      ? iam.ManagedPolicy.fromManagedPolicyArn(stack, "Boundary", permissionsBoundary)
      : iam.ManagedPolicy.fromManagedPolicyName(stack, "Boundary", permissionsBoundary);
    iam.PermissionsBoundary.of(stack).apply(policy);
  }
}
